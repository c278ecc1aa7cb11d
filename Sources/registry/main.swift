import IsolatedReaders
import RegistryCommands

// A reader of other people's files runs apart, in this program started again: nothing may happen
// in that process before it has given up its rights.
let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == ReaderWorker.argument { ReaderWorker.run() }
RegistryCommand.runAndExit(arguments)
