package io.virtentropy.distribution.xml;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Writes elements as libvirt does: two blanks for each level, attributes in single quotes, and
 * nothing between the tags of an empty element.
 */
public final class XmlWriter {
  private static final String INDENT = "  ";

  private final StringBuilder out = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();
  private boolean inStartTag;

  /** Creates a writer that has written nothing. */
  public XmlWriter() {}

  /**
   * Begins an element.
   *
   * @param name its name
   * @return this
   */
  public XmlWriter start(String name) {
    endStartTag();
    indent();
    out.append('<').append(name);
    open.push(name);
    inStartTag = true;
    return this;
  }

  /**
   * Gives the element that was just begun an attribute.
   *
   * @param name its name
   * @param value its value; what must be escaped is
   * @return this
   */
  public XmlWriter attribute(String name, Object value) {
    if (!inStartTag) {
      throw new IllegalStateException("attribute '" + name + "' after the start tag has ended");
    }
    out.append(' ').append(name).append("='");
    escape(value.toString(), true);
    out.append('\'');
    return this;
  }

  /** Ends the element that was begun last and has not ended yet. */
  public void end() {
    String name = open.pop();
    if (inStartTag) {
      out.append("/>\n");
      inStartTag = false;
    } else {
      indent();
      out.append("</").append(name).append(">\n");
    }
  }

  /** Ends the element that was just begun, with both tags though there is nothing between them. */
  public void endWithTag() {
    endStartTag();
    end();
  }

  /**
   * Ends the element that was just begun, with nothing but text in it.
   *
   * @param text what stands in it; what must be escaped is
   */
  public void endWithText(String text) {
    String name = open.pop();
    inStartTag = false;
    out.append('>');
    escape(text, false);
    out.append("</").append(name).append(">\n");
  }

  private void endStartTag() {
    if (inStartTag) {
      out.append(">\n");
      inStartTag = false;
    }
  }

  private void indent() {
    out.append(INDENT.repeat(open.size()));
  }

  private void escape(String value, boolean quoted) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '&' -> out.append("&amp;");
        case '\'' -> out.append(quoted ? "&apos;" : "'");
        case '"' -> out.append(quoted ? "&quot;" : "\"");
        case '\r' -> out.append("&#xD;");
        case '\n' -> out.append(quoted ? "&#xA;" : "\n");
        case '\t' -> out.append(quoted ? "&#x9;" : "\t");
        default -> out.append(c);
      }
    }
  }

  /** {@return what was written, all elements ended} */
  @Override
  public String toString() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("element '" + open.peek() + "' has not ended");
    }
    return out.toString();
  }
}
