// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Devices.Scsi;

/// <summary>Feature bits (virtio 1.3 §5.6.3).</summary>
public static class ScsiFeatures
{
    /// <summary>VIRTIO_SCSI_F_HOTPLUG: units that come and go are told on the event queue.</summary>
    public const ulong Hotplug = 1UL << 1;

    /// <summary>VIRTIO_SCSI_F_CHANGE: so are units that change.</summary>
    public const ulong Change = 1UL << 2;
}

/// <summary>The response of a request (virtio 1.3 §5.6.6.1 and §5.6.6.2).</summary>
public enum ScsiResponse : byte
{
    /// <summary>The command has a status; the function is complete.</summary>
    Ok = 0,
    Overrun = 1,
    Aborted = 2,
    BadTarget = 3,

    /// <summary>Ended by a reset, after which a driver sends it again; one that was <see cref="Aborted"/> has failed.</summary>
    Reset = 4,
    Failure = 9,
    FunctionSucceeded = 10,
    FunctionRejected = 11,
    IncorrectLun = 12,
}

/// <summary><c>struct virtio_scsi_config</c> (virtio 1.3 §5.6.4).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ScsiConfig
{
    /// <summary>Where <see cref="SenseSize"/> is; <see cref="CdbSize"/> follows.</summary>
    public const int SenseSizeOffset = 20;

    public uint NumQueues;
    public uint SegMax;

    /// <summary>In blocks of 512 bytes.</summary>
    public uint MaxSectors;
    public uint CmdPerLun;
    public uint EventInfoSize;
    public uint SenseSize;
    public uint CdbSize;
    public ushort MaxChannel;
    public ushort MaxTarget;
    public uint MaxLun;
}

/// <summary>The head of a command, before its CDB (<c>struct virtio_scsi_req_cmd</c>).</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct ScsiCommandHeader
{
    public const int Size = 19;

    public ScsiLun Lun;
    public ulong Tag;
    public byte TaskAttribute;
    public byte Priority;
    public byte Crn;
}

/// <summary>The answer to a command, before its sense data (<c>struct virtio_scsi_req_cmd</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ScsiCommandAnswer
{
    public const int Size = 12;

    public uint SenseLength;
    public uint Residual;
    public ushort StatusQualifier;
    public byte Status;
    public ScsiResponse Response;
}

/// <summary>What a request on the control queue is.</summary>
public enum ScsiControlType : uint
{
    TaskManagement = 0,
    NotificationQuery = 1,
    NotificationSubscribe = 2,
}

/// <summary><c>struct virtio_scsi_ctrl_tmf</c>, what the driver writes of it behind its type.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct ScsiTaskManagementRequest
{
    public uint Subtype;
    public ScsiLun Lun;
    public ulong Tag;
}

/// <summary><c>struct virtio_scsi_ctrl_an</c>, what the driver writes of it behind its type.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct ScsiNotificationRequest
{
    public ScsiLun Lun;
    public uint EventRequested;
}

/// <summary><c>struct virtio_scsi_event</c> (virtio 1.3 §5.6.6.3).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ScsiEvent
{
    public const int Size = 16;

    public const uint TransportReset = 1;
    public const uint ParameterChange = 3;

    /// <summary>Events before this one were lost for want of buffers.</summary>
    public const uint Missed = 0x8000_0000;

    public const uint ReasonRescan = 1;
    public const uint ReasonRemoved = 2;

    public uint Event;
    public ScsiLun Lun;
    public uint Reason;
}

/// <summary>Where a request goes: eight bytes (virtio 1.3 §5.6.6.1).</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct ScsiLun
{
    private const byte Single = 1;
    private const byte WellKnown = 0xC1;
    private const byte ReportLuns = 0x01;

    public byte Byte0;
    public byte Byte1;
    public byte Byte2;
    public byte Byte3;
    public uint Rest;

    /// <summary>How events name a unit: as REPORT LUNS does, or the driver would look for another one.</summary>
    public static ScsiLun Of(byte target, ushort lun)
    {
        ScsiLun made = new() { Byte0 = Single, Byte1 = target };
        Span<byte> address = stackalloc byte[Target.LunAddress.Size];
        Target.LunAddress.Write(address, lun);
        made.Byte2 = address[0];
        made.Byte3 = address[1];
        return made;
    }

    /// <summary>Takes the form of one level, and that of the unit that lists the others; false for everything else.</summary>
    public readonly bool TryParse(out byte target, out ushort lun)
    {
        lun = Target.LunAddress.ReportLuns;
        target = Byte2;
        if (Byte0 == WellKnown && Byte1 == ReportLuns)
            return true;
        target = Byte1;
        return Byte0 == Single && Rest == 0 && Target.LunAddress.TryParse(Byte2, Byte3, out lun);
    }
}
