public import IsolatedReaders

extension RegistryCommand {
  /// Runs what the arguments ask for, with a reader for what is committed, and leaves with the
  /// status that the help lists.
  public static func runAndExit(_ arguments: [String], reader: IsolatedReader) -> Never {
    Commit.$reader.withValue(reader) { runAndExit(arguments) }
  }
}
