"""Prints Sources/TensorFlowFormat/TensorFlowOperations.swift: the operations that TensorFlow
registers, in two sets. Made with TensorFlow 2.21.0.

    python make_operations.py > ../../../Sources/TensorFlowFormat/TensorFlowOperations.swift

`computing`: works on tensors and on state of the running program alone. Asserting, and printing to
the terminal or the log, reaches nothing of interest to an attacker, and ordinary models do both.
`reaching`: reads or writes files, talks to other machines, runs code that is not TensorFlow's, or
ends the process; also such operations of earlier versions. PrintV2 may do either and is in none.
"""
import os
import re
import textwrap

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

from tensorflow.core.framework import op_def_pb2
from tensorflow.python.client import pywrap_tf_session

# Patterns of names, whole. Optional prefixes and suffixes are those under which the same operation
# is registered again.
REACHING = [
    # files
    r"ReadFile", r"WriteFile", r"MatchingFiles", r"(Experimental)?MatchingFilesDataset",
    r".*(Line|Record|WholeFile|Identity|LMDB|BigQuery|Snapshot.*)Reader(V2)?", r"Reader.*",
    r"(Experimental)?(CSV|LMDB|Sql)Dataset(V2)?", r"(TFRecord|TextLine|FixedLengthRecord)Dataset(V2)?",
    r"CacheDataset(V2)?", r"(Load|Save)Dataset(V2)?", r"Snapshot.*Dataset.*", r"ListSnapshotChunksDataset",
    r"(Experimental)?DatasetToTFRecord", r"(Save|Restore)(V2|Slices?)?", r"DTensorRestoreV2",
    r"MergeV2Checkpoints", r"LoadAndRemapMatrix", r"GenerateVocabRemapping", r"DistributedSave",
    r"InitializeTableFromTextFile(V2)?", r"FileSystemSetConfiguration", r"CalibrationStatisticsSaver",
    r"DumpTensor",
    # summaries and debugging events, which go to files, databases or servers
    r"SummaryWriter", r"(Create|Close|Flush)Summary.*Writer", r"Write.*Summary", r"ImportEvent",
    r"(Experimental)?StatsAggregatorSetSummaryWriter", r"Debug(Identity|NanCount|NumericSummary).*",
    # other machines
    r"Rpc.*", r"DataServiceDataset.*", r"RegisterDataset(V2)?", r"RemoteCall", r"DeleteRpcFutureResource",
    # code, and the end of the process
    r"(Eager)?PyFunc(Stateless)?", r"XlaCustomCall(V2)?", r"Abort",
]
# Not in this build, or no longer.
EARLIER = """
BigQueryReader BigtableClient CreateTRTResourceHandle GenerateBigQueryReaderPartitions
GcsConfigureBlockCache GcsConfigureCredentials GetCalibrationDataOp InitializeTRTResource
RemoteFusedGraphExecute Rpc SerializeTRTResource TRTEngineOp TryRpc
""".split()


def registered():
    buffer = pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList())
    return sorted(op.name for op in op_def_pb2.OpList.FromString(buffer).op)


def literal(name, comment, names):
    lines = textwrap.wrap(" ".join(names), 96, break_long_words=False, break_on_hyphens=False)
    return "\n".join([
        f"  /// {comment}", f"  static let {name}: Set<Substring> = Set(", '    """',
        *("    " + line for line in lines), '    """.split(whereSeparator: \\.isWhitespace))'])


names = registered()
reaching = [name for name in names if any(re.fullmatch(p, name) for p in REACHING)]
computing = [name for name in names if name not in reaching and name != "PrintV2"]
print("// Made by Tests/TensorFlowFormatTests/Fixtures/make_operations.py. Do not edit.\n"
      "// limits: a list that a script makes is not read from top to bottom.\n")
print("/// The operations of TensorFlow's.\nenum TensorFlowOperations {")
print(literal("reaching", "Those that reach out of the graph.", sorted(set(reaching) | set(EARLIER))), end="\n\n")
print(literal("computing", "Those that do not.", computing))
print("}")
