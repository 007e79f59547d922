// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.I2c;

/// <summary>
/// Makes a transfer on an adapter that knows no plain I2C: finds the SMBus operation that puts the same bytes on the
/// wire (SMBus 3.2 §6.5) and that the adapter has. A transfer without one fails and nothing is sent; it is never cut
/// into several, since a stop in between would make it another one.
/// </summary>
internal static class SmbusTransfer
{
    /// <summary>Whether an adapter can make any transfer this way.</summary>
    internal const I2cFunctions Any =
        I2cFunctions.SmbusQuick | I2cFunctions.SmbusReadByte | I2cFunctions.SmbusWriteByte | I2cFunctions.SmbusReadByteData
        | I2cFunctions.SmbusWriteByteData | I2cFunctions.SmbusReadWordData | I2cFunctions.SmbusWriteWordData
        | I2cFunctions.SmbusProcessCall | I2cFunctions.SmbusBlockProcessCall | I2cFunctions.SmbusReadBlock
        | I2cFunctions.SmbusWriteBlock | I2cFunctions.SmbusReadI2cBlock | I2cFunctions.SmbusWriteI2cBlock;

    /// <param name="file">Its address is set.</param>
    /// <param name="messages">All to that address.</param>
    /// <returns>EOPNOTSUPP: there is no such operation, or the adapter does not have it.</returns>
    internal static Errno Make(IAdapterFile file, I2cFunctions functions, ReadOnlySpan<I2cMessage> messages) => messages switch
    {
        [{ Length: 0 } only] => Quick(file, functions, only.IsRead),
        [{ IsRead: true } only] => ReadByte(file, functions, only.Data),
        [var only] => Write(file, functions, only.Data),
        [{ IsRead: false, Length: > 0 } first, { IsRead: true, Length: > 0 } second] => WriteRead(file, functions, first.Data, second.Data),
        _ => Errno.EOPNOTSUPP,
    };

    private static Errno Quick(IAdapterFile file, I2cFunctions functions, bool read)
    {
        I2cSmbusData none = default;
        return functions.HasFlag(I2cFunctions.SmbusQuick) ? file.Smbus(read, 0, SmbusOperation.Quick, ref none) : Errno.EOPNOTSUPP;
    }

    // More than one byte without a command first is nothing that SMBus has.
    private static Errno ReadByte(IAdapterFile file, I2cFunctions functions, Span<byte> target)
    {
        if (target.Length != 1 || !functions.HasFlag(I2cFunctions.SmbusReadByte))
            return Errno.EOPNOTSUPP;
        I2cSmbusData data = default;
        Errno errno = file.Smbus(read: true, 0, SmbusOperation.Byte, ref data);
        target[0] = data.Byte;
        return errno;
    }

    private static Errno Write(IAdapterFile file, I2cFunctions functions, ReadOnlySpan<byte> bytes)
    {
        byte command = bytes[0];
        ReadOnlySpan<byte> rest = bytes[1..];
        I2cSmbusData data = default;
        switch (rest.Length)
        {
            case 0 when functions.HasFlag(I2cFunctions.SmbusWriteByte):
                return file.Smbus(read: false, command, SmbusOperation.Byte, ref data);
            case 1 when functions.HasFlag(I2cFunctions.SmbusWriteByteData):
                data.Byte = rest[0];
                return file.Smbus(read: false, command, SmbusOperation.ByteData, ref data);
            case 2 when functions.HasFlag(I2cFunctions.SmbusWriteWordData):
                data.Word = Word(rest);
                return file.Smbus(read: false, command, SmbusOperation.WordData, ref data);
            case > 0 and <= I2cSmbusData.MaxBlock when functions.HasFlag(I2cFunctions.SmbusWriteI2cBlock):
                SetBlock(ref data, rest);
                return file.Smbus(read: false, command, SmbusOperation.I2cBlock, ref data);
            case > 1 when IsBlock(rest) && functions.HasFlag(I2cFunctions.SmbusWriteBlock):
                SetBlock(ref data, rest[1..]);
                return file.Smbus(read: false, command, SmbusOperation.Block, ref data);
            default:
                return Errno.EOPNOTSUPP;
        }
    }

    private static Errno WriteRead(IAdapterFile file, I2cFunctions functions, ReadOnlySpan<byte> bytes, Span<byte> target)
    {
        byte command = bytes[0];
        ReadOnlySpan<byte> rest = bytes[1..];
        return rest.Length switch
        {
            0 => Read(file, functions, command, target),
            2 when target.Length == 2 && functions.HasFlag(I2cFunctions.SmbusProcessCall) => ProcessCall(file, command, rest, target),
            > 1 when IsBlock(rest) && functions.HasFlag(I2cFunctions.SmbusBlockProcessCall) => BlockProcessCall(file, command, rest[1..], target),
            _ => Errno.EOPNOTSUPP,
        };
    }

    private static Errno Read(IAdapterFile file, I2cFunctions functions, byte command, Span<byte> target)
    {
        I2cSmbusData data = default;
        Errno errno;
        switch (target.Length)
        {
            case 1 when functions.HasFlag(I2cFunctions.SmbusReadByteData):
                errno = file.Smbus(read: true, command, SmbusOperation.ByteData, ref data);
                target[0] = data.Byte;
                return errno;
            case 2 when functions.HasFlag(I2cFunctions.SmbusReadWordData):
                errno = file.Smbus(read: true, command, SmbusOperation.WordData, ref data);
                SetWord(target, data.Word);
                return errno;
            case <= I2cSmbusData.MaxBlock when functions.HasFlag(I2cFunctions.SmbusReadI2cBlock):
                data.BlockLength = (byte)target.Length;
                errno = file.Smbus(read: true, command, SmbusOperation.I2cBlock, ref data);
                if (errno.IsError)
                    return errno;
                if (data.BlockLength != target.Length)
                    return Errno.EPROTO;
                data.Block[..target.Length].CopyTo(target);
                return errno;
            case > 1 and <= I2cSmbusData.MaxBlock + 1 when functions.HasFlag(I2cFunctions.SmbusReadBlock):
                errno = file.Smbus(read: true, command, SmbusOperation.Block, ref data);
                return errno.IsError ? errno : TakeBlock(ref data, target);
            default:
                return Errno.EOPNOTSUPP;
        }
    }

    private static Errno ProcessCall(IAdapterFile file, byte command, ReadOnlySpan<byte> bytes, Span<byte> target)
    {
        I2cSmbusData data = default;
        data.Word = Word(bytes);
        Errno errno = file.Smbus(read: false, command, SmbusOperation.ProcessCall, ref data);
        SetWord(target, data.Word);
        return errno;
    }

    private static Errno BlockProcessCall(IAdapterFile file, byte command, ReadOnlySpan<byte> bytes, Span<byte> target)
    {
        I2cSmbusData data = default;
        SetBlock(ref data, bytes);
        Errno errno = file.Smbus(read: false, command, SmbusOperation.BlockProcessCall, ref data);
        return errno.IsError ? errno : TakeBlock(ref data, target);
    }

    // A count, and as many bytes as it says.
    private static bool IsBlock(ReadOnlySpan<byte> bytes) => bytes[0] == bytes.Length - 1 && bytes[0] is > 0 and <= I2cSmbusData.MaxBlock;

    private static void SetBlock(ref I2cSmbusData data, ReadOnlySpan<byte> bytes)
    {
        data.BlockLength = (byte)bytes.Length;
        bytes.CopyTo(data.Block);
    }

    // The peripheral says how long a block is; whoever asked for another length did not mean a block.
    private static Errno TakeBlock(ref I2cSmbusData data, Span<byte> target)
    {
        if (data.BlockLength > I2cSmbusData.MaxBlock || data.BlockLength + 1 != target.Length)
            return Errno.EPROTO;
        target[0] = data.BlockLength;
        data.Block[..data.BlockLength].CopyTo(target[1..]);
        return Errno.Success;
    }

    // On the wire the low byte comes first; in the union the CPU's order counts.
    private static ushort Word(ReadOnlySpan<byte> bytes) => (ushort)(bytes[0] | (bytes[1] << 8));

    private static void SetWord(Span<byte> target, ushort word)
    {
        target[0] = (byte)word;
        target[1] = (byte)(word >> 8);
    }
}
