// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.Numerics;
using VhostDevice.Devices.Images;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>
/// What a unit has to remember, in a file that stays open, so that a sandbox need not open it again. There are two places, which are
/// written in turns: whoever is killed while writing one leaves the other.
/// </summary>
public sealed unsafe class StateFile : IStateFile
{
    /// <summary>Bytes of each place.</summary>
    private const int PlaceSize = 64 * 1024;

    // A mark, the number of the save, the length and a checksum.
    private const int HeadSize = 24;
    private const ulong Mark = 0x5652_4553_4356_0001;

    private readonly OwnedFd _file;
    private readonly ImageLock? _lock;
    private ulong _number;

    private StateFile(OwnedFd file, ImageLock? taken)
    {
        _file = file;
        _lock = taken;
    }

    /// <summary>Opens the file, or makes it.</summary>
    /// <returns>EAGAIN when another unit has it, here or in another program.</returns>
    public static Errno Open(string path, out StateFile? file)
    {
        Errno errno = Files.Open(path, write: true, nonBlocking: false, out OwnedFd? fd);
        if (errno == Errno.ENOENT)
        {
            errno = Files.Create(path, out fd);
            if (errno.IsSuccess)
            {
                fd!.Dispose();
                errno = Files.Open(path, write: true, nonBlocking: false, out fd);
            }
        }

        file = null;
        if (errno.IsError)
            return errno;
        // Where there are no locks it goes without.
        errno = ImageLock.TryTake(path, writes: true, shares: false, out ImageLock? taken);
        if (errno == Errno.EAGAIN)
        {
            fd!.Dispose();
            return errno;
        }

        file = new StateFile(fd!, taken);
        return Errno.Success;
    }

    public byte[] Load()
    {
        byte[] best = [];
        byte[] place = new byte[PlaceSize];
        for (int i = 0; i < 2; i++)
        {
            Array.Clear(place);
            fixed (byte* p = place)
            {
                IoVec all = new(p, PlaceSize);
                _ = FileIo.PReadV(_file.Fd, new ReadOnlySpan<IoVec>(in all), (long)i * PlaceSize, out _);
            }

            ulong number = BinaryPrimitives.ReadUInt64LittleEndian(place.AsSpan(8));
            int length = BinaryPrimitives.ReadInt32LittleEndian(place.AsSpan(16));
            if (BinaryPrimitives.ReadUInt64LittleEndian(place) != Mark || length is < 0 or > PlaceSize - HeadSize || number <= _number)
                continue;
            ReadOnlySpan<byte> image = place.AsSpan(HeadSize, length);
            if (BinaryPrimitives.ReadUInt32LittleEndian(place.AsSpan(20)) != Checksum(number, image))
                continue;
            _number = number;
            best = image.ToArray();
        }

        return best;
    }

    public Errno Save(ReadOnlySpan<byte> image)
    {
        if (image.Length > PlaceSize - HeadSize)
            return Errno.EFBIG;
        byte[] place = new byte[HeadSize + image.Length];
        ulong number = _number + 1;
        BinaryPrimitives.WriteUInt64LittleEndian(place, Mark);
        BinaryPrimitives.WriteUInt64LittleEndian(place.AsSpan(8), number);
        BinaryPrimitives.WriteInt32LittleEndian(place.AsSpan(16), image.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(place.AsSpan(20), Checksum(number, image));
        image.CopyTo(place.AsSpan(HeadSize));
        fixed (byte* p = place)
        {
            IoVec all = new(p, (nuint)place.Length);
            nint n = FileIo.PWriteV(_file.Fd, new ReadOnlySpan<IoVec>(in all), (long)(number % 2) * PlaceSize, out Errno errno);
            if (errno.IsError)
                return errno;
            if (n != place.Length)
                return Errno.ENOSPC;
        }

        _number = number;
        return DiskIo.Sync(_file.Fd);
    }

    public void Dispose()
    {
        _file.Dispose();
        _lock?.Dispose();
    }

    private static uint Checksum(ulong number, ReadOnlySpan<byte> image)
    {
        uint crc = BitOperations.Crc32C(uint.MaxValue, number);
        crc = BitOperations.Crc32C(crc, (uint)image.Length);
        foreach (byte b in image)
            crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }
}
