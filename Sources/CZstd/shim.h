// libzstd, and what its experimental macros hide.
#ifndef CZSTD_SHIM_H
#define CZSTD_SHIM_H

#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

// Makes a context code literals by Huffman whatever its level; a fast level alone stores them.
// The setting is experimental, so that a library may refuse it.
static inline size_t czstd_always_code_literals(ZSTD_CCtx *context) {
  return ZSTD_CCtx_setParameter(context, ZSTD_c_literalCompressionMode, ZSTD_ps_enable);
}

#endif
