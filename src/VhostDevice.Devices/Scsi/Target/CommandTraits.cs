// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>What has to be known of a command before it begins.</summary>
[Flags]
public enum CommandTraits
{
    None = 0,

    /// <summary>Is served although there is a unit attention to tell.</summary>
    IgnoresAttention = 1,

    /// <summary>Needs the unit to be started.</summary>
    Medium = 2,

    /// <summary>Changes blocks.</summary>
    Writes = 4,

    /// <summary>Runs alone.</summary>
    Exclusive = 8,

    /// <summary>A reservation of somebody else does not forbid it.</summary>
    AlwaysAllowed = 16,

    /// <summary>A reservation that only forbids writes does not forbid it.</summary>
    ReadsOnly = 32,

    /// <summary>Only where blocks can be given back.</summary>
    ThinOnly = 64,

    /// <summary>Looks after reservations itself.</summary>
    Reservation = 128,

    /// <summary>Is part of another command: unit attentions are for that one.</summary>
    Part = 256,

    /// <summary>May take long, and may as well end between two of its steps and be sent again.</summary>
    Repeatable = 512,
}
