"""Simulated LTFS: cartridges as real directories with LTFS's attributes, and drives that wait.

What is real: the directory trees, every byte, sizes, times and extended attributes (names of the
SNIA LTFS Format Specification 2.4.0), and that opening a file blocks whoever opens it, in the
kernel, until "its tape" is mounted and positioned, while looking at names, sizes and attributes
never does: as with LTFS, whose index is cached. The order in which files are opened is observed
by the kernel's leases, not told by the reader.

What is not: there is no FUSE daemon and no drive. The wait is computed by the library's geometry
(`waystation_sim.library`) and slept in sped-up time while the file's lease is held; reading after
it runs at disk speed. A wait longer than the kernel's lease-break-time (45 s) is cut off there.
"""
