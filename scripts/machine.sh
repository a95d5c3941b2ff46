# What ./virtentropy and ./verify do to get a machine ready: find a JDK, install what is missing.
# Sourced by both; the caller sets PROGRAM, its name in messages.
# shellcheck shell=bash

readonly OLDEST_JDK=17

fail() {
  printf '%s: %s\n' "$PROGRAM" "$1" >&2
  exit 1
}

# The JDK that Maven will run on: JAVA_HOME if it is set, else PATH's, else the newest installed.
jdk_version() { # JAVA_HOME: prints its feature release, nothing if it is no JDK
  "$1/bin/javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p' || true
}

find_jdk() {
  local home version newest=0 best=
  if [ -n "${JAVA_HOME:-}" ]; then
    version=$(jdk_version "$JAVA_HOME")
    [ "${version:-0}" -ge "$OLDEST_JDK" ] ||
      fail "JAVA_HOME=$JAVA_HOME is ${version:+JDK }${version:-no JDK}; JDK $OLDEST_JDK or newer is needed"
    return
  fi
  if command -v javac >/dev/null; then
    # Asked for rather than guessed from the path, which may lead to a launcher that picks one.
    home=$(javac -J-XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p')
    version=$(jdk_version "$home")
    if [ "${version:-0}" -ge "$OLDEST_JDK" ]; then
      export JAVA_HOME=$home
      return
    fi
  fi
  for home in /usr/lib/jvm/*/; do
    version=$(jdk_version "$home")
    if [ "${version:-0}" -ge "$OLDEST_JDK" ] && [ "$version" -gt "$newest" ]; then
      newest=$version
      best=${home%/}
    fi
  done
  [ -n "$best" ] ||
    fail "no JDK $OLDEST_JDK or newer found; install one (Debian: openjdk-17-jdk-headless) or set JAVA_HOME"
  export JAVA_HOME=$best
}

# Installs the Debian packages of the commands that are missing; a command that is there already is
# left alone, wherever it came from. Fails with one line where that can't be done.
install_missing() { # COMMAND:PACKAGE...
  local need missing=() as_root=()
  for need; do
    command -v "${need%%:*}" >/dev/null || missing+=("${need#*:}")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null ||
    fail "needs what Debian has in these packages, and there is no apt-get here: ${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    # A password may be asked for only where someone can answer.
    if [ -t 0 ] && command -v sudo >/dev/null; then
      as_root=(sudo)
    elif sudo -n true 2>/dev/null; then
      as_root=(sudo -n)
    else
      fail "needs root or sudo to install: ${missing[*]} (Debian: apt-get install ${missing[*]})"
    fi
  fi
  "${as_root[@]}" apt-get update -q
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${missing[@]}"
}
