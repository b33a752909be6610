#ifndef ROADRUNNER_CPROCESS_H
#define ROADRUNNER_CPROCESS_H

/// Opens a descriptor that is readable once the process `pid` has ended; close-on-exec is set.
///
/// Returns -1, and sets `errno`, where the system has none: `ENOSYS` on anything but Linux 5.3 and later.
int roadrunner_pidfd_open(int pid);

#endif
