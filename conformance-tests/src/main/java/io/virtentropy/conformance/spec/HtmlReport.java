package io.virtentropy.conformance.spec;

import java.util.List;
import java.util.Map;

/** A report as one HTML page that needs nothing else: no script, no picture, no network. */
public final class HtmlReport {
  private static final String STYLE =
      """
      :root { color-scheme: light dark; --line: #8884; --dim: #8889; --ok: #2a8a4a; \
      --dev: #b57a00; --bad: #c5303a; }
      body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; \
      padding: 0 1rem; }
      h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
      table { border-collapse: collapse; width: 100%; }
      th, td { border-bottom: 1px solid var(--line); padding: .35rem .5rem; text-align: left; \
      vertical-align: top; }
      thead th { position: sticky; top: 0; background: Canvas; }
      td.c { text-align: center; white-space: nowrap; cursor: help; }
      .ok { color: var(--ok); } .dev, .dev a { color: var(--dev); font-weight: 600; }
      .bad { color: var(--bad); font-weight: 700; } .na { color: var(--dim); }
      .id { font-family: ui-monospace, monospace; white-space: nowrap; font-size: .9em; }
      .dim { color: var(--dim); font-size: .9em; }
      pre { background: #8881; padding: .75rem; overflow-x: auto; font-size: .85em; }
      details > summary { cursor: pointer; }
      @media print { thead th { position: static; } }
      """;

  private HtmlReport() {}

  /**
   * Writes a report.
   *
   * @param report what came of the checks
   * @return a document of HTML 5
   */
  public static String of(SpecReport report) {
    StringBuilder page = new StringBuilder(64 * 1024);
    page.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .append("<meta name=\"viewport\" content=\"width=device-width\">\n")
        .append("<title>Virtio entropy devices and their specification</title>\n<style>\n")
        .append(STYLE)
        .append("</style>\n</head>\n<body>\n")
        .append("<h1>Virtio entropy devices and their specification</h1>\n");
    summary(report, page);
    failures(report, page);
    rows(report, page);
    deviations(report, page);
    return page.append("</body>\n</html>\n").toString();
  }

  private static void summary(SpecReport report, StringBuilder page) {
    page.append("<p>")
        .append(report.checks().size())
        .append(
            " requirements of virtio 1.3, each checked by what a driver can see. Point at a"
                + " result to read what was found.</p>\n<table>\n<thead><tr><th></th>")
        .append("<th>Device</th><th>Driver's interface</th><th>Pass</th>")
        .append("<th>Known deviations</th><th>Fail</th><th>Not applicable</th></tr></thead>\n");
    for (int i = 0; i < report.subjects().size(); i++) {
      Subject subject = report.subjects().get(i);
      SpecReport.Tally tally = report.tally(subject);
      page.append("<tr><th>")
          .append(letter(i))
          .append("</th><td>")
          .append(escape(subject.name()))
          .append("</td><td>")
          .append(escape(subject.via().text()))
          .append("</td><td class=\"ok\">")
          .append(tally.pass())
          .append("</td><td class=\"dev\">")
          .append(tally.known())
          .append("</td><td class=\"bad\">")
          .append(tally.fail())
          .append("</td><td class=\"na\">")
          .append(tally.notApplicable())
          .append("</td></tr>\n");
    }
    page.append("</table>\n");
  }

  private static void failures(SpecReport report, StringBuilder page) {
    List<String> failures = report.failures();
    if (failures.isEmpty()) {
      return;
    }
    page.append("<h2>Failures</h2>\n<ul>\n");
    for (String failure : failures) {
      page.append("<li>").append(escape(failure)).append("</li>\n");
    }
    page.append("</ul>\n");
  }

  private static void rows(SpecReport report, StringBuilder page) {
    page.append("<h2>Requirements</h2>\n<table>\n<thead><tr><th>Id</th><th>Requirement</th>");
    for (int i = 0; i < report.subjects().size(); i++) {
      page.append("<th title=\"")
          .append(escape(report.subjects().get(i).toString()))
          .append("\">")
          .append(letter(i))
          .append("</th>");
    }
    page.append("</tr></thead>\n");
    for (Check check : report.checks()) {
      Requirement requirement = check.requirement();
      page.append("<tr id=\"")
          .append(escape(requirement.id()))
          .append("\"><td class=\"id\">")
          .append(escape(requirement.id()))
          .append("</td><td>")
          .append(escape(requirement.sentence()))
          .append("<br><span class=\"dim\">")
          .append(escape(requirement.strength().text()))
          .append(", §")
          .append(escape(requirement.section()))
          .append("</span></td>");
      for (Subject subject : report.subjects()) {
        cell(report.outcome(check, subject), requirement, page);
      }
      page.append("</tr>\n");
    }
    page.append("</table>\n");
  }

  private static void cell(Outcome outcome, Requirement requirement, StringBuilder page) {
    if (outcome instanceof Outcome.Pass) {
      cell("ok", "pass", "ok", page);
    } else if (outcome instanceof Outcome.Known known) {
      String id = escape(known.deviation().id());
      cell("dev", known.found(), "<a href=\"#" + id + "\">" + id + "</a>", page);
    } else if (outcome instanceof Outcome.Fail fail) {
      cell("bad", fail.found() + ". Look at: " + requirement.hint(), "FAIL", page);
    } else if (outcome instanceof Outcome.NotApplicable not) {
      cell("na", not.reason(), "–", page);
    }
  }

  /** The text is HTML, the title is not. */
  private static void cell(String kind, String title, String html, StringBuilder page) {
    page.append("<td class=\"c ")
        .append(kind)
        .append("\" title=\"")
        .append(escape(title))
        .append("\">")
        .append(html)
        .append("</td>");
  }

  private static void deviations(SpecReport report, StringBuilder page) {
    Map<Deviation, List<String>> met = report.deviations();
    if (met.isEmpty()) {
      return;
    }
    page.append("<h2>Known deviations</h2>\n");
    List<String> preamble = QemuDeviations.LIVE;
    page.append("<details><summary>How every script below begins: a live device</summary><pre>")
        .append(escape(String.join("\n", preamble)))
        .append("</pre></details>\n");
    met.forEach(
        (deviation, where) -> {
          page.append("<section id=\"")
              .append(escape(deviation.id()))
              .append("\">\n<h3><span class=\"id\">")
              .append(escape(deviation.id()))
              .append("</span> ")
              .append(escape(deviation.title()))
              .append("</h3>\n<p>")
              .append(escape(deviation.reason()))
              .append("</p>\n<p class=\"dim\">Seen by: ")
              .append(escape(where.isEmpty() ? "no row of this suite" : String.join("; ", where)))
              .append("</p>\n<details><summary>Replay</summary><pre>")
              .append(escape(String.join("\n", deviation.replay())))
              .append("</pre></details>\n</section>\n");
        });
  }

  private static char letter(int column) {
    return (char) ('A' + column);
  }

  /** What may not stand in text or in an attribute between double quotes. */
  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
