// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Linux;

/// <summary>What a block device says of itself.</summary>
/// <param name="BlockSize">Bytes of a logical block (BLKSSZGET): nothing smaller can be written alone.</param>
/// <param name="PhysicalBlockSize">
/// Bytes that the device writes at a time (BLKPBSZGET): a power of two, at least <paramref name="BlockSize"/>.
/// </param>
/// <param name="IsReadOnly">Writes are refused (BLKROGET).</param>
/// <param name="DiscardUnit">Bytes in units of which space is given back; 0 when that is not possible.</param>
/// <param name="DiscardsToZero">What is given back through fallocate(2) reads as zeroes; otherwise the device only discards, and
/// what that leaves is its affair.</param>
public readonly record struct BlockDeviceFacts(uint BlockSize, uint PhysicalBlockSize, bool IsReadOnly, uint DiscardUnit, bool DiscardsToZero)
{
    private const int MaxDigits = 24;

    /// <summary>Asks an open block device, and sysfs for what no call says.</summary>
    /// <param name="device">Its numbers.</param>
    public static unsafe Errno Read(int fd, FileFacts device, out BlockDeviceFacts facts)
    {
        facts = default;
        int blockSize, physical, readOnly;
        if (Libc.ioctl(fd, CallArguments.BLKSSZGET, &blockSize) < 0
            || Libc.ioctl(fd, CallArguments.BLKPBSZGET, &physical) < 0
            || Libc.ioctl(fd, CallArguments.BLKROGET, &readOnly) < 0)
            return Errno.Last;
        string folder = string.Create(CultureInfo.InvariantCulture, $"/sys/dev/block/{device.Major}:{device.Minor}");
        // A partition has the queue of its disk.
        string queue = Files.Stat($"{folder}/queue", out _).IsSuccess ? $"{folder}/queue" : $"{folder}/../queue";
        bool canDiscard = Number($"{queue}/discard_max_bytes") > 0;
        // fallocate punches holes only where the device can zero, too.
        bool canZero = Number($"{queue}/write_zeroes_max_bytes") > 0;
        ulong unit = Math.Clamp(Number($"{queue}/discard_granularity"), (ulong)blockSize, 1u << 31);
        facts = new BlockDeviceFacts(
            (uint)blockSize,
            (uint)Math.Max(physical, blockSize),
            readOnly != 0,
            canDiscard ? (uint)unit : 0,
            canDiscard && canZero);
        return Errno.Success;
    }

    // What cannot be read, in a sandbox for example, is not there. With plain calls: the framework's files ask the kernel
    // for more than a sandbox allows.
    private static unsafe ulong Number(string path)
    {
        if (Files.Open(path, write: false, nonBlocking: false, out OwnedFd? file).IsError)
            return 0;
        using (file)
        {
            byte* text = stackalloc byte[MaxDigits];
            nint n = FileIo.Read(file!.Fd, text, MaxDigits, out _);
            ReadOnlySpan<byte> digits = new ReadOnlySpan<byte>(text, (int)Math.Max(0, n)).Trim("\n "u8);
            return ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : 0;
        }
    }
}
