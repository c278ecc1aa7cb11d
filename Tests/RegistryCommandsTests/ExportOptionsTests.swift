import ArgumentParser
import Catalog
import ModelRegistry
import Tensors
import Testing

@testable import RegistryCommands

@Suite struct ExportOptionsTests {
  @Test(arguments: [
    ["--as", "keras", "--batch", "4"], ["--signature", "x"], ["--graph", "v1"],
    ["--as", "h5", "--graph", "v1"], ["--as", "savedmodel", "--batch", "0"],
    ["--as", "savedmodel", "--batch", "99999999999"],
    ["--as", "savedmodel", "--graph", "v1", "--batch", "4"],
    ["--as", "savedmodel", "--graph", "v1", "--resume"],
    ["--as", "savedmodel", "--graph", "v1", "--no-optimizer"],
    ["--as", "savedmodel", "--signature", ""],
    ["--as", "savedmodel", "--signature", "__saved_model_init_op"],
    ["--as", "savedmodel", "--no-optimizer", "--resume"],
    ["--as", "savedmodel", "--keras", "2"], ["--serving", "d", "--keras", "3"],
    ["--as", "npz", "--serving", "d"], ["--serving", "d", "-o", "x"], ["--only", "a"],
  ])
  func optionsThatDoNotGoTogetherAreAMistakeOfUsage(_ arguments: [String]) {
    #expect(throws: (any Error).self) { try Checkout.parse(["v1"] + arguments) }
  }

  @Test(arguments: [
    ["--serving", "d"], ["--serving", "d", "--as", "savedmodel", "--force"],
    ["--serving", "d", "--batch", "4", "--signature", "x"],
    ["--serving", "d", "--graph", "v1", "--with-optimizer-from", "v2"],
    ["-o", "x"],
  ])
  func theOthersAreTaken(_ arguments: [String]) throws {
    _ = try Checkout.parse(["v1"] + arguments)
  }

  @Test func checkTakesWhatCheckoutTakesButNoPlace() throws {
    _ = try Check.parse(["v1", "--as", "savedmodel", "--batch", "4"])
    _ = try Check.parse(["v1", "--as", "savedmodel", "--graph", "v1"])
    #expect(throws: (any Error).self) { try Check.parse(["v1", "--batch", "4"]) }
    #expect(throws: (any Error).self) { try Check.parse(["v1", "--serving", "d"]) }
  }

  @Test func everyFormatCanBeAskedFor() {
    for format in ExportFormat.allCases {
      #expect(CheckoutFormat(rawValue: format.rawValue)?.exported == format)
    }
  }

  @Test func failuresSayWhatToDo() {
    let note = ConversionNote(.impossible, at: "a/kernel", "expected weight, found none")
    let errors: [RegistryError] = [
      .targetDiffers(path: "d/m/1"), .noGraph(version: "m@v1", format: "h5"),
      .unfittingGraph([note, note, note, note], version: "m@v2", graph: "m@v1"),
    ]
    for error in errors {
      let failure = Failure(error, subject: nil)
      #expect(failure.hint != nil)
      #expect(failure.status == .targetExists || failure.status == .sourceRefused)
      #expect(failure.code != failure.status.code)
    }
    #expect(Failure(errors[2], subject: nil).message.hasSuffix("found none; and 1 more."))
  }
}
