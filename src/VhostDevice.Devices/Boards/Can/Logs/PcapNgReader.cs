// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Can.Logs;

/// <summary>A pcapng file: CAN interfaces among others, whose packets are left out.</summary>
internal sealed class PcapNgReader(Stream stream, string name) : CanLogReader
{
    private const uint InterfaceBlock = 1;
    private const uint PacketBlock = 6;
    private const uint ByteOrderMagic = 0x1A2B_3C4D;
    private const int NameOption = 2;
    private const int ResolutionOption = 9;
    private const uint MaxBlock = 1 << 20;
    private const int MaxInterfaces = 256;

    // As much of a block as is looked at: a packet's head and a frame, or an interface with some options.
    private const int Looked = 512;
    private const int MaxName = 64;

    private readonly BinaryInput _input = new(stream, name);
    private readonly List<Interface> _interfaces = [];

    internal override bool TryRead(out CanLogEntry entry)
    {
        Span<byte> head = stackalloc byte[8];
        Span<byte> body = stackalloc byte[Looked];
        entry = default;
        while (_input.TryFill(head, mayEnd: true))
        {
            uint type = _input.Number(head);
            uint looked = 0;
            if (type == PcapFormat.Section)
            {
                // Its length is in the byte order that follows it.
                _ = _input.TryFill(body[..4], mayEnd: false);
                looked = 4;
                BeginSection(body);
            }

            uint length = _input.Number(head[4..]);
            if (length < 12 + looked || length > MaxBlock || length % 4 != 0)
                throw _input.Wrong($"a block of {length} bytes");
            uint left = length - 12 - looked;
            int read = (int)Math.Min(left, (uint)Looked);
            _ = _input.TryFill(body[..read], mayEnd: false);
            // With the length once more.
            _input.Skip(left - (uint)read + 4);
            if (type == InterfaceBlock)
                AddInterface(body[..read]);
            else if (type == PacketBlock && TryReadPacket(body[..read], out entry))
                return true;
        }

        return false;
    }

    private void BeginSection(ReadOnlySpan<byte> magic)
    {
        _interfaces.Clear();
        _input.IsBigEndian = magic[0] == 0x1A;
        if (_input.Number(magic) != ByteOrderMagic)
            throw _input.Wrong("a section has no byte order");
    }

    private void AddInterface(ReadOnlySpan<byte> body)
    {
        if (body.Length < 8 || _interfaces.Count == MaxInterfaces)
            throw _input.Wrong(body.Length < 8 ? "an interface without a type" : $"more than {MaxInterfaces} interfaces");
        Interface made = new() { IsCan = _input.Word(body) == PcapFormat.LinkType };
        for (ReadOnlySpan<byte> options = body[8..]; options.Length >= 4;)
        {
            int option = _input.Word(options), length = _input.Word(options[2..]), padded = 4 + ((length + 3) & ~3);
            if (option == 0 || options.Length < padded)
                break;
            if (option == NameOption)
                made.Name = Encoding.UTF8.GetString(options.Slice(4, Math.Min(length, MaxName))).TrimEnd('\0');
            else if (option == ResolutionOption && length == 1)
                made.Resolution = options[4];
            options = options[padded..];
        }

        _interfaces.Add(made);
    }

    private bool TryReadPacket(ReadOnlySpan<byte> body, out CanLogEntry entry)
    {
        entry = default;
        if (body.Length < 20)
            throw _input.Wrong("a packet without a head");
        uint number = _input.Number(body);
        if (number >= _interfaces.Count)
            throw _input.Wrong($"a packet of an interface {number}, which there is not");
        Interface from = _interfaces[(int)number];
        uint length = _input.Number(body[12..]);
        if (!from.IsCan || length > (uint)body.Length - 20 || !PcapFormat.TryRead(body.Slice(20, (int)length), out CanFrame frame))
            return false;
        ulong units = ((ulong)_input.Number(body[4..]) << 32) | _input.Number(body[8..]);
        entry = new CanLogEntry(from.Nanoseconds(units), from.Name, frame);
        return true;
    }

    private sealed class Interface
    {
        private const byte IsBinary = 0x80;

        internal bool IsCan { get; init; }

        internal string Name { get; set; } = "";

        // The exponent of a unit, to the base of 10 or 2; microseconds unless it is said.
        internal byte Resolution { get; set; } = 6;

        internal long Nanoseconds(ulong units)
        {
            int exponent = Resolution & ~IsBinary;
            double second = (Resolution & IsBinary) != 0 ? Math.Pow(2, exponent) : Math.Pow(10, exponent);
            // Whole numbers where they are usual, so that no digit is lost.
            UInt128 exact = exponent <= 18 && (Resolution & IsBinary) == 0
                ? (UInt128)units * LogTime.PerSecond / (ulong)second
                : (UInt128)Math.Min(units / second * LogTime.PerSecond, long.MaxValue);
            return (long)UInt128.Min(exact, long.MaxValue);
        }
    }
}
