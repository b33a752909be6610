#if defined(__has_include)
#if !__has_include(<sodium.h>)
#error "KVEncryption needs libsodium: apt-get install libsodium-dev, or brew install libsodium (and CPATH and LIBRARY_PATH with its include and lib folders)"
#endif
#endif
#include <sodium.h>
