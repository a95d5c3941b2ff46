package io.virtentropy.distribution.rng;

import io.virtentropy.distribution.rng.CharacterDevice.AtPath;
import io.virtentropy.distribution.rng.CharacterDevice.Channel;
import io.virtentropy.distribution.rng.CharacterDevice.NullModem;
import io.virtentropy.distribution.rng.CharacterDevice.Plain;
import io.virtentropy.distribution.rng.CharacterDevice.PlainKind;
import io.virtentropy.distribution.rng.CharacterDevice.Reconnect;
import io.virtentropy.distribution.rng.CharacterDevice.SecurityLabel;
import io.virtentropy.distribution.rng.CharacterDevice.Tcp;
import io.virtentropy.distribution.rng.CharacterDevice.Udp;
import io.virtentropy.distribution.rng.CharacterDevice.UnixSocket;
import io.virtentropy.distribution.rng.CharacterDevice.Vdagent;
import io.virtentropy.distribution.rng.RngBackend.Builtin;
import io.virtentropy.distribution.rng.RngBackend.Egd;
import io.virtentropy.distribution.rng.RngBackend.LogFile;
import io.virtentropy.distribution.rng.RngBackend.Pool;
import io.virtentropy.distribution.rng.RngBackend.RandomFile;
import io.virtentropy.distribution.xml.XmlWriter;
import java.util.List;

/** Writes an {@code <rng>} element as {@code virsh dumpxml} prints it. */
public final class RngXmlFormatter {
  private RngXmlFormatter() {}

  /**
   * Writes a device.
   *
   * @param device the device
   * @return its element, several lines, the last one ended
   */
  public static String format(RngDevice device) {
    XmlWriter out = new XmlWriter();
    write(device, out);
    return out.toString();
  }

  /**
   * Writes a device into a document.
   *
   * @param device the device
   * @param out where its element goes
   */
  public static void write(RngDevice device, XmlWriter out) {
    out.start("rng").attribute("model", device.model().xmlName());
    device.rate().ifPresent(rate -> write(rate, out));
    write(device.backend(), out);
    write(device.driver(), out);
    device.alias().ifPresent(name -> out.start("alias").attribute("name", name).end());
    device.acpiIndex().ifPresent(index -> out.start("acpi").attribute("index", index).end());
    device
        .address()
        .ifPresent(
            address -> {
              out.start("address").attribute("type", address.type());
              address.attributes().forEach(out::attribute);
              out.end();
            });
    out.end();
  }

  private static void write(RngRate rate, XmlWriter out) {
    out.start("rate").attribute("bytes", rate.bytes());
    rate.periodMillis().ifPresent(period -> out.attribute("period", period));
    out.end();
  }

  private static void write(DriverOptions driver, XmlWriter out) {
    if (driver.equals(DriverOptions.NONE)) {
      return;
    }
    out.start("driver");
    driver.iommu().ifPresent(on -> out.attribute("iommu", onOff(on)));
    driver.ats().ifPresent(on -> out.attribute("ats", onOff(on)));
    driver.packed().ifPresent(on -> out.attribute("packed", onOff(on)));
    driver.pagePerVq().ifPresent(on -> out.attribute("page_per_vq", onOff(on)));
    out.end();
  }

  private static void write(RngBackend backend, XmlWriter out) {
    out.start("backend").attribute("model", backend.model());
    if (backend instanceof RandomFile file) {
      out.endWithText(file.path());
    } else if (backend instanceof Builtin) {
      out.end();
    } else if (backend instanceof Pool pool) {
      out.attribute("name", pool.pool()).attribute("class", pool.className()).end();
    } else if (backend instanceof Egd egd) {
      out.attribute("type", egd.device().type());
      boolean alone = writeSource(egd.device(), out) && egd.log().isEmpty();
      egd.log().ifPresent(log -> write(log, out));
      if (alone) {
        out.endWithTag();
      } else {
        out.end();
      }
    }
  }

  private static void write(LogFile log, XmlWriter out) {
    out.start("log").attribute("file", log.path());
    log.append().ifPresent(on -> out.attribute("append", onOff(on)));
    out.end();
  }

  /** Says whether there was nothing to write. */
  private static boolean writeSource(CharacterDevice device, XmlWriter out) {
    if (device instanceof Plain plain) {
      if (plain.kind() == PlainKind.SPICEVMC) {
        return false;
      }
      return true;
    } else if (device instanceof Tcp tcp) {
      write(tcp, out);
    } else if (device instanceof Udp udp) {
      write(udp, out);
    } else if (device instanceof UnixSocket unix) {
      out.start("source").attribute("mode", unix.mode().xmlName()).attribute("path", unix.path());
      unix.reconnect().ifPresent(reconnect -> write(reconnect, out));
      write(unix.labels(), out);
      out.end();
    } else if (device instanceof AtPath file) {
      out.start("source").attribute("path", file.path());
      file.append().ifPresent(on -> out.attribute("append", onOff(on)));
      write(file.labels(), out);
      out.end();
    } else if (device instanceof Channel channel) {
      out.start("source").attribute("channel", channel.channel()).end();
    } else if (device instanceof NullModem pair) {
      out.start("source").attribute("master", pair.master()).attribute("slave", pair.slave()).end();
    } else if (device instanceof Vdagent agent) {
      write(agent, out);
    }
    return false;
  }

  private static void write(Tcp tcp, XmlWriter out) {
    out.start("source")
        .attribute("mode", tcp.mode().xmlName())
        .attribute("host", tcp.host())
        .attribute("service", tcp.service());
    tcp.tls().ifPresent(tls -> out.attribute("tls", yesNo(tls)));
    tcp.reconnect().ifPresent(reconnect -> write(reconnect, out));
    out.end();
    out.start("protocol").attribute("type", tcp.protocol().xmlName()).end();
  }

  private static void write(Reconnect reconnect, XmlWriter out) {
    out.start("reconnect").attribute("enabled", yesNo(reconnect.enabled()));
    reconnect.timeoutSeconds().ifPresent(seconds -> out.attribute("timeout", seconds));
    out.end();
  }

  private static void write(Udp udp, XmlWriter out) {
    if (udp.bindHost().isPresent() || udp.bindService().isPresent()) {
      out.start("source").attribute("mode", "bind");
      udp.bindHost().ifPresent(host -> out.attribute("host", host));
      udp.bindService().ifPresent(service -> out.attribute("service", service));
      out.end();
    }
    out.start("source").attribute("mode", "connect");
    udp.host().ifPresent(host -> out.attribute("host", host));
    out.attribute("service", udp.service()).end();
  }

  private static void write(List<SecurityLabel> labels, XmlWriter out) {
    for (SecurityLabel label : labels) {
      out.start("seclabel");
      label.model().ifPresent(model -> out.attribute("model", model));
      label.labelSkip().ifPresent(skip -> out.attribute("labelskip", skip));
      label.relabel().ifPresent(relabel -> out.attribute("relabel", relabel));
      label.labels().forEach(text -> out.start("label").endWithText(text));
      out.end();
    }
  }

  private static void write(Vdagent agent, XmlWriter out) {
    out.start("source");
    agent
        .clipboardCopyPaste()
        .ifPresent(on -> out.start("clipboard").attribute("copypaste", yesNo(on)).end());
    agent.mouseMode().ifPresent(mode -> out.start("mouse").attribute("mode", mode).end());
    out.end();
  }

  private static String onOff(boolean on) {
    return on ? "on" : "off";
  }

  private static String yesNo(boolean yes) {
    return yes ? "yes" : "no";
  }
}
