// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.Program.Tests.Recovery;

/// <summary>
/// A disk that completes requests late and in another order than they came, killed under load: everything written is
/// there, everything read is right, no request is lost and none comes back twice.
/// </summary>
public sealed class KilledDiskTests
{
    private const int Blocks = 256;
    private const int Depth = 32;

    [Theory]
    [InlineData(false, 50)]
    [InlineData(true, 50)]
    public void Content_is_right_after_every_kill(bool packed, int kills)
    {
        using TemporaryFolder folder = new();
        using TestDiskProcess disk = new(folder, Blocks * DiskLoad.BlockBytes, "--shuffle", "--delay-us", "100", "--queues", "2");
        Random random = new(kills);
        FrontEndDeviceOptions options = new()
        {
            QueueSizes = [128, 128],
            MemorySize = 4 << 20,
            ReplyTimeout = Patience.Time,
        };
        options = options with { ProtocolFeatures = options.ProtocolFeatures | ProtocolFeatures.InflightShmfd };
        if (packed)
            options = options with { Features = options.Features | Virtio.VirtioFeatures.RingPacked };
        using FrontEndDevice device = FrontEndDevice.Connect(disk.Socket, options);
        DiskLoad load = new(device, Blocks, Depth, seed: kills);
        for (int kill = 0; kill < kills; kill++)
        {
            load.Run(random.Next(300));
            load.Fill();
            disk.Kill();
            device.Reattach(FrontEndConnection.Connect(disk.Socket));
        }

        load.Run(100);
        load.Drain();
        load.AssertFile(disk.FilePath);
        TestContext.Current.TestOutputHelper?.WriteLine($"{load.Returned} requests, {kills} kills");
    }
}
