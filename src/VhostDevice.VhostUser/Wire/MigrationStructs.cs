// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.VhostUser.Wire;

/// <summary>"Log description": payload of SET_LOG_BASE when LOG_SHMFD is negotiated.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct LogDescription
{
    /// <summary>Bytes of the dirty bitmap; one bit per 4096-byte guest page, from guest address 0.</summary>
    public ulong MmapSize;

    /// <summary>Where in the descriptor the bitmap begins.</summary>
    public ulong MmapOffset;
}

/// <summary>"Inflight description": payload of GET_INFLIGHT_FD (both ways) and SET_INFLIGHT_FD.</summary>
/// <remarks>QEMU and every other peer send C's size of this struct, 24, with four bytes of padding at the end.</remarks>
[StructLayout(LayoutKind.Sequential, Size = 24)]
public struct InflightDescription
{
    public ulong MmapSize;
    public ulong MmapOffset;
    public ushort QueueCount;
    public ushort QueueSize;
}

/// <summary>Which way device state moves (<see cref="DeviceStateTransfer"/>).</summary>
public enum DeviceStateDirection : uint
{
    /// <summary>The back-end writes its state.</summary>
    Save = 0,

    /// <summary>The back-end reads its state.</summary>
    Load = 1,
}

/// <summary>When device state moves (<see cref="DeviceStateTransfer"/>).</summary>
public enum DeviceStatePhase : uint
{
    /// <summary>The guest does not run and all rings are stopped.</summary>
    Stopped = 0,
}

/// <summary>"Device state transfer parameters": payload of SET_DEVICE_STATE_FD.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct DeviceStateTransfer
{
    public DeviceStateDirection Direction;
    public DeviceStatePhase Phase;
}

/// <summary>The u64 that answers SET_DEVICE_STATE_FD.</summary>
public static class DeviceStateReply
{
    /// <summary>Zero on success.</summary>
    public const ulong ErrorMask = 0xff;

    /// <summary>The back-end takes the front-end's descriptor and sends none of its own.</summary>
    public const ulong NoFd = 0x100;
}
