#!/bin/sh
# Makes a DocC archive of each public module from the symbol graphs that `make docs` dumped: .build/docs/<module>.
set -eu
cd "$(dirname "$0")/../.."
graphs=$(find .build/*/ -type d -name symbolgraph | head -n 1)
rm -rf .build/docs
for module in Digests Tensors ContentStore Catalog HDF5Format KerasFormat ModelRegistry; do
  mkdir -p ".build/docs/graphs/$module"
  cp "$graphs/$module".symbols.json "$graphs/$module"@*.symbols.json ".build/docs/graphs/$module/" 2>/dev/null ||
    cp "$graphs/$module".symbols.json ".build/docs/graphs/$module/"
  docc convert --additional-symbol-graph-dir ".build/docs/graphs/$module" --output-path ".build/docs/$module" \
    --fallback-display-name "$module" --fallback-bundle-identifier "registry.$module"
done
