// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Linux;

/// <summary>What a block device says of itself.</summary>
/// <param name="BlockSize">Bytes of a logical block (BLKSSZGET): nothing smaller can be written alone.</param>
/// <param name="IsReadOnly">Writes are refused (BLKROGET).</param>
/// <param name="DiscardUnit">Bytes in units of which space is given back; 0 when that is not possible.</param>
/// <param name="DiscardsToZero">What is given back through fallocate(2) reads as zeroes; otherwise the device only discards, and
/// what that leaves is its affair.</param>
public readonly record struct BlockDeviceFacts(uint BlockSize, bool IsReadOnly, uint DiscardUnit, bool DiscardsToZero)
{
    private const nuint BLKROGET = 0x125E;
    private const nuint BLKSSZGET = 0x1268;

    /// <summary>Asks an open block device, and sysfs for what no call says.</summary>
    /// <param name="device">Its numbers.</param>
    public static unsafe Errno Read(int fd, FileFacts device, out BlockDeviceFacts facts)
    {
        facts = default;
        int blockSize, readOnly;
        if (Libc.ioctl(fd, BLKSSZGET, &blockSize) < 0 || Libc.ioctl(fd, BLKROGET, &readOnly) < 0)
            return Errno.Last;
        string folder = string.Create(CultureInfo.InvariantCulture, $"/sys/dev/block/{device.Major}:{device.Minor}");
        // A partition has the queue of its disk.
        string queue = Directory.Exists($"{folder}/queue") ? $"{folder}/queue" : $"{folder}/../queue";
        bool canDiscard = Number($"{queue}/discard_max_bytes") > 0;
        // fallocate punches holes only where the device can zero, too.
        bool canZero = Number($"{queue}/write_zeroes_max_bytes") > 0;
        ulong unit = Math.Clamp(Number($"{queue}/discard_granularity"), (ulong)blockSize, 1u << 31);
        facts = new BlockDeviceFacts((uint)blockSize, readOnly != 0, canDiscard ? (uint)unit : 0, canDiscard && canZero);
        return Errno.Success;
    }

    // What cannot be read, in a sandbox for example, is not there.
    private static ulong Number(string path)
    {
        try
        {
            return ulong.TryParse(File.ReadAllText(path).AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
