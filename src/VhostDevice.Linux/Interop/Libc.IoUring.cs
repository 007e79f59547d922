// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

internal static partial class Libc
{
    internal const uint IORING_SETUP_CQSIZE = 1u << 3;
    internal const uint IORING_SETUP_CLAMP = 1u << 4;

    internal const uint IORING_FEAT_SINGLE_MMAP = 1u << 0;
    internal const uint IORING_FEAT_NODROP = 1u << 1;

    internal const uint IORING_ENTER_GETEVENTS = 1u << 0;

    internal const int IORING_REGISTER_FILES = 2;
    internal const int IORING_REGISTER_FILES_UPDATE = 6;

    internal const byte IOSQE_FIXED_FILE = 1 << 0;

    internal const long IORING_OFF_SQ_RING = 0;
    internal const long IORING_OFF_SQES = 0x10000000;

    internal const byte IORING_OP_READV = 1;
    internal const byte IORING_OP_WRITEV = 2;
    internal const byte IORING_OP_FSYNC = 3;
    internal const byte IORING_OP_ASYNC_CANCEL = 14;
    internal const byte IORING_OP_FALLOCATE = 17;

    internal const uint IORING_FSYNC_DATASYNC = 1u << 0;
}
