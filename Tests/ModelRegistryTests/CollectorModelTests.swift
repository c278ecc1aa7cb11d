import Testing

/// The protocol between writers, removals and the collector, searched through: every order of every
/// step, with a crash between any two. Documentation/Decisions/0002 says which step is where in the
/// code. Each mutant leaves one rule out and must be caught.
@Suite struct CollectorModelTests {
  @Test func theProtocolLosesNothingInAnyOrder() {
    let result = Search(rules: Rules()).run()
    #expect(result.violation == nil)
    #expect(result.stateCount > 300)
  }

  @Test(arguments: [
    Rules(pinsAreTakenWithTheLook: false),
    Rules(condemningHeedsPins: false),
    Rules(discardingLooksAgain: false), Rules(publishingWaitsForPins: false),
    Rules(orphansHeedPins: false), Rules(condemnedCountsAsAbsent: false),
    Rules(aPinDiesWithItsWriter: false),
  ])
  func leavingARuleOutIsFound(_ rules: Rules) {
    #expect(Search(rules: rules).run().violation != nil)
  }
}

/// The rules, each of which can be broken.
struct Rules: Sendable {
  var pinsAreTakenWithTheLook = true
  var condemningHeedsPins = true
  var discardingLooksAgain = true
  var publishingWaitsForPins = true
  var orphansHeedPins = true
  var condemnedCountsAsAbsent = true
  var aPinDiesWithItsWriter = true
}

/// One blob, two writers that need it, a removal of the first one's version, a collector.
private struct State: Hashable {
  enum Row { case absent, live, condemned }

  var row = Row.live
  var file = true
  /// 0 begins, 1 has looked, 2 has published, 3 has committed, 4 has ended; -1 has crashed.
  var writers = [0, 0]
  var sawLive = [false, false]
  var pinned = [false, false]
  var committed = [false, false]
  var removed = false
  /// Between the rename to the trash and the end of its transaction.
  var collectorIsDiscarding = false

  var isNeeded: Bool { (committed[0] && !removed) || committed[1] }
  var isPinned: Bool { pinned.contains(true) }
  var isLost: Bool { isNeeded && (row != .live || !file) }
  /// When all writers are gone, no pin may keep a blob for ever.
  var isStuck: Bool { isPinned && writers.allSatisfy { $0 == -1 || $0 == 4 } }
}

private struct Search {
  let rules: Rules

  func run() -> (violation: State?, stateCount: Int) {
    var seen: Set<State> = [State()]
    var frontier = [State()]
    while let state = frontier.popLast() {
      // A crashed collector's transaction is rolled back, so the middle of it is no state to judge.
      if !state.collectorIsDiscarding, state.isLost || state.isStuck { return (state, seen.count) }
      for next in successors(of: state) where seen.insert(next).inserted { frontier.append(next) }
    }
    return (nil, seen.count)
  }

  private func successors(of state: State) -> [State] {
    if state.collectorIsDiscarding {
      // The write lock is held: nobody else moves. Either the transaction ends or it crashes.
      var done = state
      done.collectorIsDiscarding = false
      done.row = .absent
      var crashed = state
      crashed.collectorIsDiscarding = false
      return [done, crashed]
    }
    var next = [0, 1].flatMap { writer in stepsOf(writer: writer, state) }
    if state.committed[0], !state.removed {
      var removed = state
      removed.removed = true
      next.append(removed)
    }
    return next + collectorSteps(state)
  }

  private func stepsOf(writer: Int, _ state: State) -> [State] {
    guard (0..<4).contains(state.writers[writer]) else { return [] }
    var crashed = state
    crashed.writers[writer] = -1
    if rules.aPinDiesWithItsWriter { crashed.pinned[writer] = false }
    var next = state
    next.writers[writer] += 1
    switch state.writers[writer] {
    case 0:
      next.sawLive[writer] =
        state.row == .live || (!rules.condemnedCountsAsAbsent && state.row == .condemned)
      if rules.pinsAreTakenWithTheLook, rules.publishingWaitsForPins { next.pinned[writer] = true }
    case 1:
      if !rules.pinsAreTakenWithTheLook { next.pinned[writer] = true }
      if !state.sawLive[writer] { next.file = true }
    case 2:
      if !rules.publishingWaitsForPins, !state.pinned[writer] { next.pinned[writer] = true }
      if !state.sawLive[writer] { next.row = .live }
      next.committed[writer] = true
    default: next.pinned[writer] = false
    }
    return [next, crashed]
  }

  private func collectorSteps(_ state: State) -> [State] {
    var next: [State] = []
    if state.row == .live, !state.isNeeded, !rules.condemningHeedsPins || !state.isPinned {
      var condemned = state
      condemned.row = .condemned
      next.append(condemned)
    }
    if state.row == .condemned {
      var decided = state
      if rules.discardingLooksAgain, state.isPinned || state.isNeeded {
        if state.file { decided.row = .live }
      } else {
        decided.file = false
        decided.collectorIsDiscarding = true
      }
      next.append(decided)
    }
    if state.row == .absent, state.file, !rules.orphansHeedPins || !state.isPinned {
      var swept = state
      swept.file = false
      next.append(swept)
    }
    return next
  }
}
