// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>What fallocate(2) does to a range; the file keeps its length in either case.</summary>
public enum AllocateMode
{
    /// <summary>Gives the blocks back; the range reads as zeroes (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE).</summary>
    PunchHole = 0x03,

    /// <summary>The range reads as zeroes and its blocks stay, where the file system can (FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE).</summary>
    ZeroRange = 0x11,
}
