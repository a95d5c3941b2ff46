package io.virtentropy.cli;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.Stack;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.PropertiesDefaultProvider;

/**
 * A file with a value for any option of a command, which the command line overrides: a line for
 * each, the option's name without its hyphens, {@code =}, and the value.
 */
final class ConfigFile implements IDefaultValueProvider {
  /** The option that names the file, and so can't stand in it. */
  static final String OPTION = "--config";

  static final String DEFAULT = "/etc/virtentropy/daemon.conf";

  private static final String PREFIX = "--";

  private final Path file;
  private final Properties values;
  private final IDefaultValueProvider provider;

  private ConfigFile(Path file, Properties values) {
    this.file = file;
    this.values = values;
    this.provider = new PropertiesDefaultProvider(values);
  }

  /** Reads the file before picocli asks what the command line has left out. */
  static final class Preprocessor implements IParameterPreprocessor {
    Preprocessor() {}

    @Override
    @SuppressWarnings("JdkObsolete") // picocli's choice
    public boolean preprocess(
        Stack<String> args, CommandSpec command, ArgSpec arg, Map<String, Object> info) {
      String named = null;
      // The next argument is the last one.
      for (int i = args.size() - 1; i >= 0; i--) {
        if (args.get(i).equals(OPTION) && i > 0) {
          named = args.get(i - 1);
        } else if (args.get(i).startsWith(OPTION + "=")) {
          named = args.get(i).substring(OPTION.length() + 1);
        }
      }
      Path file = Path.of(named == null ? DEFAULT : named);
      if (named != null || Files.exists(file)) {
        command.commandLine().setDefaultValueProvider(read(file, command));
      }
      return false;
    }
  }

  static ConfigFile read(Path file, CommandSpec command) {
    Properties values = new Properties();
    try (Reader in = Files.newBufferedReader(file)) {
      values.load(in);
    } catch (IOException | IllegalArgumentException e) {
      throw new ParameterException(
          command.commandLine(), "the configuration file " + file + " can't be read: " + e, e);
    }
    values.replaceAll((key, value) -> value.toString().strip());
    for (String key : new TreeSet<>(values.stringPropertyNames())) {
      OptionSpec option = command.findOption(PREFIX + key);
      if (option == null || !isSettable(option)) {
        throw new ParameterException(
            command.commandLine(),
            file
                + ": the key '"
                + key
                + "' is unknown; accepted are "
                + command.options().stream()
                    .filter(known -> isSettable(known) && !known.hidden())
                    .map(ConfigFile::key)
                    .sorted()
                    .collect(Collectors.joining(", ")));
      }
    }
    return new ConfigFile(file, values);
  }

  /** Whether an option can stand in the file: not one that names the file, or asks for help. */
  static boolean isSettable(OptionSpec option) {
    return !option.usageHelp() && !option.versionHelp() && !option.longestName().equals(OPTION);
  }

  /** What an option is called in the file. */
  static String key(OptionSpec option) {
    return option.longestName().substring(PREFIX.length());
  }

  @Override
  public String defaultValue(ArgSpec arg) throws Exception {
    return arg.isOption() && isSettable((OptionSpec) arg) ? provider.defaultValue(arg) : null;
  }

  /** Says of a sentence that begins with an option where its value came from, if from a file. */
  static String withOrigin(CommandLine command, String sentence) {
    if (!(command.getDefaultValueProvider() instanceof ConfigFile config)) {
      return sentence;
    }
    for (String key : config.values.stringPropertyNames()) {
      String option = PREFIX + key;
      CommandLine.ParseResult parsed = command.getParseResult();
      if (sentence.matches("(?s)(.*')?" + Pattern.quote(option) + "[ :'].*")
          && (parsed == null || !parsed.hasMatchedOption(option))) {
        return config.file + ": " + sentence;
      }
    }
    return sentence;
  }
}
