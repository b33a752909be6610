#ifndef ROADRUNNER_CPROCESS_H
#define ROADRUNNER_CPROCESS_H

/// Opens a descriptor that is readable once the process `pid` has ended; close-on-exec is set.
///
/// Returns -1, and sets `errno`, where the system has none: `ENOSYS` on anything but Linux 5.3 and later.
int roadrunner_pidfd_open(int pid);

/// Makes a pipe whose ends programs that are started do not inherit, not even between two calls where the system can.
int roadrunner_pipe_cloexec(int ends[2]);

/// As `mkstemp`, with close-on-exec set, not even between two calls unset where the system can.
int roadrunner_mkstemp_cloexec(char *path);

#endif
