import StrictJSON

extension AnswerReader {
  /// The next frame that is not a rejection: that one is thrown.
  mutating func nextHeader() throws -> FrameHeader {
    guard let header = try header() else { throw AnswerEnded() }
    guard header.kind == .rejection else { return header }
    let rejection = try WorkerRejection(try json(of: header))
    throw rejection.code == .notAModel
      ? ReaderError.notAModel(found: rejection.found) : .rejected(rejection)
  }

  /// All of a payload that is JSON.
  mutating func json(of header: FrameHeader) throws -> JSONValue {
    let text = try payload(of: header)
    do {
      return try JSONValue(parsing: text)
    } catch {
      throw ReaderError.malformedAnswer(.notJSON)
    }
  }
}

extension FrameHeader {
  /// That it may not stand where it does.
  var misplaced: ReaderError { .malformedAnswer(.misplacedFrame(kind: kind.rawValue)) }
}
