package io.virtentropy.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Columns under headings, as virsh prints them. */
final class TextTable {
  private final List<String[]> rows = new ArrayList<>();
  private final int[] widths;

  TextTable(String... headings) {
    widths = new int[headings.length];
    row(headings);
  }

  void row(String... cells) {
    rows.add(cells);
    for (int i = 0; i < cells.length; i++) {
      widths[i] = Math.max(widths[i], cells[i].codePointCount(0, cells[i].length()));
    }
  }

  void print(PrintWriter out) {
    for (int r = 0; r < rows.size(); r++) {
      StringBuilder line = new StringBuilder();
      String[] cells = rows.get(r);
      for (int i = 0; i < cells.length; i++) {
        line.append(i == 0 ? " " : "   ").append(cells[i]);
        line.append(" ".repeat(widths[i] - cells[i].codePointCount(0, cells[i].length())));
      }
      out.println(line.toString().stripTrailing());
      if (r == 0) {
        int width = 1 + 3 * (widths.length - 1);
        for (int w : widths) {
          width += w;
        }
        out.println("-".repeat(width + 1));
      }
    }
    out.println();
    out.flush();
  }
}
