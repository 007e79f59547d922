// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Vsock;

/// <summary><c>enum virtio_vsock_op</c> (virtio 1.3 §5.10.6).</summary>
public static class VsockOp
{
    public const ushort Request = 1;
    public const ushort Response = 2;
    public const ushort Reset = 3;
    public const ushort Shutdown = 4;
    public const ushort ReadWrite = 5;
    public const ushort CreditUpdate = 6;
    public const ushort CreditRequest = 7;
}

/// <summary><c>enum virtio_vsock_type</c>.</summary>
public static class VsockType
{
    /// <summary>A stream of bytes.</summary>
    public const ushort Stream = 1;

    /// <summary>A stream of messages, delivered whole.</summary>
    public const ushort SeqPacket = 2;
}

/// <summary>Flags of <see cref="VsockOp.Shutdown"/>, and of <see cref="VsockOp.ReadWrite"/> in a stream of messages.</summary>
public static class VsockFlags
{
    /// <summary>The sender of the packet receives nothing more.</summary>
    public const uint ShutdownReceive = 1;

    /// <summary>The sender of the packet sends nothing more.</summary>
    public const uint ShutdownSend = 2;

    public const uint ShutdownBoth = ShutdownReceive | ShutdownSend;

    /// <summary>VIRTIO_VSOCK_SEQ_EOM: the last packet of a message.</summary>
    public const uint EndOfMessage = 1;

    /// <summary>VIRTIO_VSOCK_SEQ_EOR: the message ends a record (MSG_EOR).</summary>
    public const uint EndOfRecord = 2;
}

/// <summary>Context ids with a meaning of their own.</summary>
public static class VsockCid
{
    /// <summary>The machine that the guest runs on.</summary>
    public const ulong Host = 2;

    /// <summary>The first that a guest may have.</summary>
    public const ulong FirstGuest = 3;

    /// <summary>VMADDR_CID_ANY, which no guest may have; CIDs have 32 bits so far.</summary>
    public const ulong Any = uint.MaxValue;
}
