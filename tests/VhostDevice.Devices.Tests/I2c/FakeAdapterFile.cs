// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.I2c;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Tests.I2c;

/// <summary>Stands in for the kernel: notes the calls as text, and answers reads with bytes 0x11, 0x22, …</summary>
internal sealed class FakeAdapterFile(I2cFunctions functions) : IAdapterFile
{
    internal List<string> Calls { get; } = [];

    /// <summary>How long the peripheral says a block is.</summary>
    internal byte BlockLength { get; set; } = 3;

    internal Errno SmbusFailsWith { get; set; }

    internal Errno AddressFailsWith { get; set; }

    internal Errno FunctionsFailWith { get; set; }

    internal bool IsDisposed { get; private set; }

    public Errno Functions(out I2cFunctions result)
    {
        result = functions;
        return FunctionsFailWith;
    }

    public Errno SetAddress(ushort address, bool tenBit)
    {
        Calls.Add(string.Create(CultureInfo.InvariantCulture, $"address {(tenBit ? "t" : "")}{address:x2}"));
        return AddressFailsWith;
    }

    public int Transfer(ReadOnlySpan<I2cMessage> messages, out Errno errno)
    {
        Calls.Add($"rdwr {messages.Length}");
        errno = SmbusFailsWith;
        return errno.IsError ? -1 : messages.Length;
    }

    public Errno Smbus(bool read, byte command, SmbusOperation operation, ref I2cSmbusData data)
    {
        // What the peripheral gets to see besides the command.
        string sent = operation switch
        {
            SmbusOperation.ByteData when !read => data.Byte.ToString("x2", CultureInfo.InvariantCulture),
            SmbusOperation.WordData when !read => data.Word.ToString("x4", CultureInfo.InvariantCulture),
            SmbusOperation.ProcessCall => data.Word.ToString("x4", CultureInfo.InvariantCulture),
            SmbusOperation.I2cBlock when read => data.BlockLength.ToString(CultureInfo.InvariantCulture),
            SmbusOperation.I2cBlock or SmbusOperation.BlockProcessCall => Convert.ToHexStringLower(data.Block[..data.BlockLength]),
            SmbusOperation.Block when !read => Convert.ToHexStringLower(data.Block[..data.BlockLength]),
            _ => "",
        };
        Calls.Add(string.Create(CultureInfo.InvariantCulture, $"{operation} {(read ? "read" : "write")} {command:x2} {sent}").TrimEnd());
        if (SmbusFailsWith.IsError)
            return SmbusFailsWith;
        switch (operation)
        {
            case SmbusOperation.Byte or SmbusOperation.ByteData when read:
                data.Byte = 0x11;
                break;
            case SmbusOperation.WordData when read:
            case SmbusOperation.ProcessCall:
                data.Word = 0x2211;
                break;
            case SmbusOperation.Block or SmbusOperation.BlockProcessCall:
                data.BlockLength = BlockLength;
                Fill(data.Block);
                break;
            case SmbusOperation.I2cBlock when read:
                Fill(data.Block);
                break;
            default:
                break;
        }

        return Errno.Success;
    }

    public void Dispose() => IsDisposed = true;

    private static void Fill(Span<byte> block)
    {
        for (int i = 0; i < block.Length; i++)
            block[i] = (byte)(0x11 * (i + 1));
    }
}
