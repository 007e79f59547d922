// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi;
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Devices.Scsi.Target.Commands;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>A target behind the device on its socket.</summary>
internal sealed class ScsiFixture : IDisposable
{
    private readonly IIoEngine? _engine;

    internal ScsiFixture(BlockStore store, IIoEngine? engine = null, int queues = 1, LogicalUnitOptions? options = null, int? loops = null)
    {
        _engine = engine;
        ScsiNexus nexus = new(1);
        _ = Target.TryAdd(new LogicalUnit(options ?? new LogicalUnitOptions { Thin = true }, store));
        BackEnd = new TestBackEnd<ScsiDevice>(() => new ScsiDevice(Target, nexus, engine, queues), loops: loops);
    }

    internal ScsiTarget Target { get; } = new(ScsiCommands.Disk);

    internal TestBackEnd<ScsiDevice> BackEnd { get; }

    /// <summary>A guest whose first command, which hears of the power on, is over.</summary>
    internal FrontEndDevice Attach(FrontEndDeviceOptions? options = null)
    {
        FrontEndDevice guest = BackEnd.Attach(options ?? ScsiGuest.Options);
        Xunit.Assert.Equal("06/29/00", guest.Scsi("00 00 00 00 00 00").Sense);
        return guest;
    }

    public void Dispose()
    {
        BackEnd.Dispose();
        Target.Dispose();
        _engine?.Dispose();
    }
}
