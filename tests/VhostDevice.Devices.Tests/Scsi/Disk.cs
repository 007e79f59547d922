// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Devices.Scsi.Target.Commands;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>A target with one unit, 0:0, and short forms for what an initiator does.</summary>
internal sealed class Disk : IDisposable
{
    internal const int Blocks = 1024;

    internal Disk(LogicalUnitOptions? options = null, BlockStore? store = null, IStateFile? reservations = null, IStateFile? modes = null)
    {
        options ??= new LogicalUnitOptions { Thin = true, Serial = "S1", Wwn = 0x3000000000000001 };
        Store = store as TestStore ?? new TestStore(Blocks * (int)options.BlockSize);
        Unit = new LogicalUnit(options, store ?? Store, reservations, modes);
        Assert.True(Target.TryAdd(Unit));
        Target.Join(Nexus);
        // The first command hears of the power on.
        Assert.Equal("06/29/00", Do("000000000000").SenseText);
    }

    internal ScsiTarget Target { get; } = new(ScsiCommands.Disk);

    internal LogicalUnit Unit { get; }

    internal TestStore Store { get; }

    internal ScsiNexus Nexus { get; } = new(1);

    /// <summary>Sends a command, given in hexadecimal digits, and expects that it is complete.</summary>
    internal TestTask Do(string cdb, int room = 0, ReadOnlySpan<byte> data = default, ScsiNexus? nexus = null)
    {
        TestTask task = Send(cdb, room, data, nexus);
        Assert.True(task.IsComplete);
        return task;
    }

    /// <summary>Sends a command that may take its time.</summary>
    internal TestTask Send(
        string cdb,
        int room = 0,
        ReadOnlySpan<byte> data = default,
        ScsiNexus? nexus = null,
        ulong tag = 0,
        TaskAttribute attribute = TaskAttribute.Simple)
    {
        TestTask task = new(Bytes(cdb), room, data) { Nexus = nexus ?? Nexus, Tag = tag, Attribute = attribute };
        Assert.True(Target.TryExecute(task, 0, 0));
        return task;
    }

    /// <summary>Another initiator, which has heard of the power on.</summary>
    internal ScsiNexus Another(ulong number)
    {
        ScsiNexus nexus = new(number);
        Target.Join(nexus);
        Assert.Equal("06/29/00", Do("000000000000", nexus: nexus).SenseText);
        return nexus;
    }

    public void Dispose() => Target.Dispose();

    internal static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
