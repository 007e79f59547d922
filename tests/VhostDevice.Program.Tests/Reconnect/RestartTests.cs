// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Program.Tests.Recovery;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Reconnect;

/// <summary>
/// Rings that are stopped under load and go on where they stopped, as for a guest that is paused, and drivers that are
/// reset: on a disk that completes late and in another order, so that what is lost or doubled shows.
/// </summary>
public sealed class RestartTests
{
    private const int Blocks = 128;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rings_stopped_under_load_go_on_with_their_base(bool packed)
    {
        using TemporaryFolder folder = new();
        using TestDiskProcess disk = new(folder, Blocks * DiskLoad.BlockBytes, "--shuffle", "--delay-us", "100", "--queues", "2");
        using FrontEndDevice device = FrontEndDevice.Connect(disk.Socket, Options(packed));
        DiskLoad load = new(device, Blocks, depth: 32, seed: 1);
        Random random = new(1);
        for (int i = 0; i < 100; i++)
        {
            load.Run(random.Next(100));
            load.Fill();
            _ = device.Stop();
            // What was taken came back before the stop was answered, and only that.
            device.Start();
        }

        load.Drain();
        load.AssertFile(disk.FilePath);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_driver_that_resets_begins_anew(bool packed)
    {
        using TemporaryFolder folder = new();
        using TestDiskProcess disk = new(folder, Blocks * DiskLoad.BlockBytes, "--shuffle", "--delay-us", "100", "--queues", "2");
        using FrontEndDevice device = FrontEndDevice.Connect(disk.Socket, Options(packed));
        DiskLoad load = new(device, Blocks, depth: 32, seed: 2);
        for (int i = 0; i < 50; i++)
        {
            load.Run(i % 7 * 20);
            load.Drain();
            device.Reset();
            device.Start();
        }

        load.Run(100);
        load.Drain();
        load.AssertFile(disk.FilePath);
    }

    private static FrontEndDeviceOptions Options(bool packed)
    {
        FrontEndDeviceOptions options = new() { QueueSizes = [128, 128], MemorySize = 4 << 20, ReplyTimeout = Patience.Time };
        return packed ? options with { Features = options.Features | Virtio.VirtioFeatures.RingPacked } : options;
    }
}
