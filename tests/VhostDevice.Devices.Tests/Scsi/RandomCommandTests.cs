// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Devices.Scsi.Target.Commands;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>Whatever an initiator sends: every command ends, none fails for a mistake of ours, and the disk goes on.</summary>
public sealed class RandomCommandTests
{
    private const int Commands = 100_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_command_ends(int seed)
    {
        using Disk disk = new();
        Random random = new(seed);
        List<Exception> faults = [];
        disk.Unit.Faulted += faults.Add;
        byte[] cdb = new byte[32];
        byte[] data = new byte[8192];
        for (int i = 0; i < Commands; i++)
        {
            Fill(random, cdb);
            random.NextBytes(data.AsSpan(0, 64));
            int room = random.Next(3) == 0 ? random.Next(8192) : 0;
            TestTask task = new(cdb, room, room == 0 ? data.AsSpan(0, random.Next(8192)) : [])
            {
                Nexus = disk.Nexus,
                Attribute = (TaskAttribute)random.Next(3),
            };
            Assert.True(disk.Target.TryExecute(task, 0, random.Next(20) == 0 ? LunAddress.ReportLuns : (ushort)0));
            Assert.True(task.IsComplete, Convert.ToHexString(cdb));
            Assert.True(task.InBytes <= task.InLength && task.OutBytes <= task.OutLength, Convert.ToHexString(cdb));
            Assert.NotEqual("04/44/00", task.SenseText);
        }

        Assert.Empty(faults);
        Assert.Equal(0, disk.Unit.TaskCount);
    }

    // Mostly a command that there is, with bits that mean something; often with small numbers, so that ranges exist.
    private static void Fill(Random random, byte[] cdb)
    {
        random.NextBytes(cdb);
        if (random.Next(10) == 0)
            return;
        ScsiCommand command = ScsiCommands.Disk.All[random.Next(ScsiCommands.Disk.All.Count)];
        for (int i = 0; i < command.Length; i++)
            cdb[i] = (byte)((random.Next(4) == 0 ? cdb[i] : random.Next(10)) & command.Usage[i]);
        cdb[0] = command.Opcode;
        if (command.ServiceAction is { } action)
            cdb[1] = (byte)((cdb[1] & 0xE0) | action);
        for (int i = 2; i < 10 && command.Length >= 10 && random.Next(5) > 0; i++)
        {
            if (i != command.Length - 4 && i != 5 && i != 8 && i != 9)
                cdb[i] = 0;
        }
    }
}
