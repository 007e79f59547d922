// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

/// <summary>
/// A frame of a CAN bus, classic or FD, as the kernel has it (<c>struct canfd_frame</c>; what a classic frame needs are
/// its first 16 bytes).
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct CanFrame
{
    /// <summary>Most bytes of data in a classic frame.</summary>
    public const int MaxClassicLength = 8;

    /// <summary>Most bytes of data in an FD frame.</summary>
    public const int MaxLength = 64;

    private readonly uint _id;
    private readonly byte _length;
    private byte _flags;
    private readonly byte _reserved0;
    private readonly byte _reserved1;
    private CanData _data;

    /// <summary>A frame without data yet.</summary>
    /// <param name="id">11 bits, or 29 of an extended frame.</param>
    /// <param name="length">Bytes of data; of a remote frame, those that are asked for.</param>
    public CanFrame(uint id, int length, bool isExtended = false, bool isRemote = false, bool isFd = false)
    {
        _id = id | (isExtended ? CanConstants.CAN_EFF_FLAG : 0) | (isRemote ? CanConstants.CAN_RTR_FLAG : 0);
        _length = (byte)length;
        _flags = isFd ? CanConstants.CANFD_FDF : (byte)0;
    }

    /// <summary>The identifier without flags.</summary>
    public readonly uint Id => _id & (IsExtended ? CanConstants.CAN_EFF_MASK : CanConstants.CAN_SFF_MASK);

    /// <summary>Bytes of data.</summary>
    public readonly int Length => Math.Min((int)_length, MaxLength);

    public readonly bool IsExtended => (_id & CanConstants.CAN_EFF_FLAG) != 0;

    /// <summary>Asks others to send the frame of this identifier (RTR). Has a length and no data.</summary>
    public readonly bool IsRemote => (_id & CanConstants.CAN_RTR_FLAG) != 0;

    public readonly bool IsFd => (_flags & CanConstants.CANFD_FDF) != 0;

    /// <summary>Was never on the bus: the kernel's report of an error there.</summary>
    public readonly bool IsError => (_id & CanConstants.CAN_ERR_FLAG) != 0;

    /// <summary>Reports that the controller has left the bus because of its errors.</summary>
    public readonly bool IsBusOff => IsError && (_id & CanConstants.CAN_ERR_BUSOFF) != 0;

    /// <summary>Reports that the controller is back on the bus.</summary>
    public readonly bool IsRestarted => IsError && (_id & CanConstants.CAN_ERR_RESTARTED) != 0;

    /// <summary>The data, of <see cref="Length"/>.</summary>
    [UnscopedRef]
    public Span<byte> Data => MemoryMarshal.CreateSpan(ref Unsafe.As<CanData, byte>(ref _data), MaxLength)[..Length];

    /// <summary>Whether two frames are the same on the wire.</summary>
    public readonly bool IsSame(CanFrame other)
    {
        CanFrame own = this;
        return _id == other._id && _length == other._length && IsFd == other.IsFd && (IsRemote || own.Data.SequenceEqual(other.Data));
    }

    /// <summary>The identifier with the kernel's flags.</summary>
    internal readonly uint FlaggedId => _id;

    /// <summary>Says what the size of a read says: 16 bytes are a classic frame, 72 one of FD.</summary>
    internal void SetFd(bool isFd) =>
        _flags = (byte)(isFd ? _flags | CanConstants.CANFD_FDF : 0);
}

/// <summary>Room for the data of a frame.</summary>
[InlineArray(CanFrame.MaxLength)]
internal struct CanData
{
    private byte _first;
}
