// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Numerics;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Spi;

/// <summary>One transfer: what a request asks for, the bytes both ways, and what came of it. An object is used for many.</summary>
/// <param name="guest">Whose transfers they are, for controllers that several guests use.</param>
public sealed class SpiTransfer(object guest)
{
    private const int SmallestBuffer = 64;

    private byte[] _sent = [];
    private byte[] _received = [];
    private int _length;

    public object Guest => guest;

    /// <summary>Which chip it is for.</summary>
    public int ChipSelect => Head.ChipSelect;

    public SpiTransferMode Mode => Head.Mode;

    /// <summary>1 to 32.</summary>
    public int BitsPerWord => Head.BitsPerWord;

    /// <summary>Whether the guest wants the chip to be deselected afterwards; otherwise it is up to the controller.</summary>
    public bool EndsMessage => Head.ChipSelectChange != 0;

    /// <summary>Bytes on the wire.</summary>
    public int Length => _length;

    public bool Sends { get; private set; }

    public bool Receives { get; private set; }

    /// <summary>What goes to the chip; empty: zeros do. Pinned, so it stays where it is.</summary>
    public Span<byte> Sent => _sent.AsSpan(0, Sends ? _length : 0);

    /// <summary>Where what comes from it goes; empty: nobody wants it. Pinned as well.</summary>
    public Span<byte> Received => _received.AsSpan(0, Receives ? _length : 0);

    internal SpiTransferHead Head { get; private set; }

    internal SpiResult Result { get; set; }

    /// <summary>Why the controller failed.</summary>
    internal Errno Errno { get; set; }

    /// <summary>There is nothing to be transferred.</summary>
    internal void Refuse(SpiResult result)
    {
        Head = default;
        Result = result;
        Errno = Errno.Success;
        Sends = Receives = false;
        _length = 0;
    }

    /// <summary>Makes room for a transfer; <see cref="Sent"/> is to be filled.</summary>
    internal void Begin(in SpiTransferHead head, int sent, int received)
    {
        Head = head;
        Result = SpiResult.Ok;
        Errno = Errno.Success;
        Sends = sent > 0;
        Receives = received > 0;
        _length = Math.Max(sent, received);
        if (_sent.Length < sent)
            _sent = Allocate(sent);
        if (_received.Length < received)
            _received = Allocate(received);
    }

    private static byte[] Allocate(int length) =>
        GC.AllocateUninitializedArray<byte>((int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(length, SmallestBuffer)), pinned: true);
}
