# For the tours: prints what it does as one would type it. Needs $program, the path of registry.

# Prints a command.
show() {
  printf '$'
  for word; do
    case $word in
      '' | *[!A-Za-z0-9._/=@~:,+-]*) printf " '%s'" "$word" ;;
      *) printf ' %s' "$word" ;;
    esac
  done
  echo
}

# Prints a command of registry's, then runs it.
registry() {
  show registry "$@"
  "$program" "$@"
  echo
}

title() { printf '\n# %s\n\n' "$*"; }

# Shows that two files or folders are the same.
same() {
  show diff -r "$@"
  diff -r "$@"
  echo '(no difference)'
}
