// What HDF5's headers hide behind macros that Swift cannot import, and what differs between the
// versions we build against (1.10 in Debian 12, 1.14 in its successors).
#ifndef CHDF5_SHIM_H
#define CHDF5_SHIM_H

#if __has_include(<hdf5/serial/hdf5.h>)
#include <hdf5/serial/hdf5.h>
#else
#include <hdf5.h>
#endif
#if H5_VERSION_GE(1, 13, 0)
#if __has_include(<hdf5/serial/H5FDdevelop.h>)
#include <hdf5/serial/H5FDdevelop.h>
#else
#include <H5FDdevelop.h>
#endif
#endif

static inline hid_t chdf5_default_properties(void) { return H5P_DEFAULT; }
static inline hid_t chdf5_file_access_class(void) { return H5P_FILE_ACCESS; }
static inline hid_t chdf5_dataset_access_class(void) { return H5P_DATASET_ACCESS; }
static inline unsigned chdf5_read_only(void) { return H5F_ACC_RDONLY; }
static inline hid_t chdf5_whole_space(void) { return H5S_ALL; }
static inline haddr_t chdf5_undefined_address(void) { return HADDR_UNDEF; }
static inline hid_t chdf5_error_stack(void) { return H5E_DEFAULT; }
static inline unsigned chdf5_truncate(void) { return H5F_ACC_TRUNC; }
static inline hid_t chdf5_file_creation_class(void) { return H5P_FILE_CREATE; }
static inline hid_t chdf5_group_creation_class(void) { return H5P_GROUP_CREATE; }
static inline hid_t chdf5_dataset_creation_class(void) { return H5P_DATASET_CREATE; }
static inline hid_t chdf5_link_creation_class(void) { return H5P_LINK_CREATE; }

// The types that others are made of.
static inline hid_t chdf5_signed8(void) { return H5T_STD_I8LE; }
static inline hid_t chdf5_signed16(void) { return H5T_STD_I16LE; }
static inline hid_t chdf5_signed32(void) { return H5T_STD_I32LE; }
static inline hid_t chdf5_signed64(void) { return H5T_STD_I64LE; }
static inline hid_t chdf5_unsigned8(void) { return H5T_STD_U8LE; }
static inline hid_t chdf5_unsigned16(void) { return H5T_STD_U16LE; }
static inline hid_t chdf5_unsigned32(void) { return H5T_STD_U32LE; }
static inline hid_t chdf5_unsigned64(void) { return H5T_STD_U64LE; }
static inline hid_t chdf5_float32(void) { return H5T_IEEE_F32LE; }
static inline hid_t chdf5_float64(void) { return H5T_IEEE_F64LE; }
static inline hid_t chdf5_string(void) { return H5T_C_S1; }
static inline size_t chdf5_variable_length(void) { return H5T_VARIABLE; }

// Whether a minor error code means that memory ran out. It reads the variables behind the macros:
// the macros call the library, which would clear the error stack that is being read.
static inline int chdf5_is_out_of_memory(hid_t minor) {
  return minor == H5E_NOSPACE_g || minor == H5E_CANTALLOC_g;
}

// The one file that the driver serves: a stretch of what is behind the descriptor.
typedef struct {
  int descriptor;
  haddr_t offset;
  haddr_t byte_count;
  // Set when it is opened: there is no second file.
  int was_opened;
} chdf5_source;

// What the file access properties carry for the driver.
typedef struct {
  chdf5_source *source;
} chdf5_driver_info;

// An open file of the driver: libhdf5's part comes first, as it demands.
typedef struct {
  H5FD_t base;
  chdf5_source *source;
  haddr_t allocated;
} chdf5_open_file;

// A driver class with all but its functions filled in.
static inline H5FD_class_t chdf5_driver_class(void) {
  H5FD_class_t driver = {0};
#if H5_VERSION_GE(1, 13, 0)
  driver.version = H5FD_CLASS_VERSION;
  driver.value = 511;  // The last of the values that HDF5 leaves for such use.
#endif
  driver.name = "registry source";
  driver.maxaddr = ((haddr_t)1 << 63) - 1;
  driver.fc_degree = H5F_CLOSE_STRONG;
  driver.fapl_size = sizeof(chdf5_driver_info);
  return driver;
}

// The one file that the other driver writes: all that is behind the descriptor.
typedef struct {
  int descriptor;
  // What libhdf5 has given out so far, whether or not it was written: the file's size, once closed.
  haddr_t allocated;
  // Beyond all that was written.
  haddr_t end;
  // Set when it is opened: there is no second file.
  int was_opened;
} chdf5_target;

// What the file access properties carry for that driver.
typedef struct {
  chdf5_target *target;
} chdf5_target_info;

// An open file of that driver.
typedef struct {
  H5FD_t base;
  chdf5_target *target;
} chdf5_open_target;

// The class of the driver that writes, with all but its functions filled in. Kinds of metadata
// share their room as they do in libhdf5's own drivers.
static inline H5FD_class_t chdf5_target_driver_class(void) {
  const H5FD_mem_t kinds[] = H5FD_FLMAP_DICHOTOMY;
  H5FD_class_t driver = chdf5_driver_class();
#if H5_VERSION_GE(1, 13, 0)
  driver.value = 510;
#endif
  driver.name = "registry target";
  driver.fapl_size = sizeof(chdf5_target_info);
  _Static_assert(sizeof kinds == sizeof driver.fl_map, "a kind for each kind");
  __builtin_memcpy(driver.fl_map, kinds, sizeof kinds);
  return driver;
}

typedef H5L_info_t chdf5_link_info;

static inline herr_t chdf5_iterate_links(
    hid_t group, herr_t (*body)(hid_t, const char *, const chdf5_link_info *, void *),
    void *context) {
  return H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, body, context);
}

typedef struct {
  H5O_type_t type;
  // What distinguishes the object from the others in the file.
  uint64_t identity[2];
  uint64_t attribute_count;
} chdf5_object_info;

static inline herr_t chdf5_get_object_info(hid_t object, chdf5_object_info *result) {
#if H5_VERSION_GE(1, 12, 0)
  H5O_info2_t info;
  herr_t status = H5Oget_info3(object, &info, H5O_INFO_BASIC | H5O_INFO_NUM_ATTRS);
  if (status < 0) return status;
  _Static_assert(sizeof info.token == sizeof result->identity, "a token has 16 bytes");
  __builtin_memcpy(result->identity, &info.token, sizeof info.token);
#else
  H5O_info_t info;
  herr_t status = H5Oget_info2(object, &info, H5O_INFO_BASIC | H5O_INFO_NUM_ATTRS);
  if (status < 0) return status;
  result->identity[0] = info.addr;
  result->identity[1] = 0;
#endif
  result->type = info.type;
  result->attribute_count = info.num_attrs;
  return status;
}

// Frees the strings that a read of variable-length strings left in a buffer.
static inline herr_t chdf5_reclaim(hid_t type, hid_t space, void *buffer) {
#if H5_VERSION_GE(1, 12, 0)
  return H5Treclaim(type, space, H5P_DEFAULT, buffer);
#else
  return H5Dvlen_reclaim(type, space, H5P_DEFAULT, buffer);
#endif
}

#endif
