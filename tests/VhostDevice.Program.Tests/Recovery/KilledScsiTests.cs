// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.Program.Tests.Recovery;

/// <summary>
/// The daemon is killed under load, again and again: its successors carry out every request that was in flight, what was
/// acknowledged is in the file, and what is read is what was written last.
/// </summary>
public sealed class KilledScsiTests
{
    private const int Kills = 20;
    private const int Blocks = 256;
    private const int Depth = 32;

    public static TheoryData<bool, string, string> Ways => new()
    {
        { false, "/var/tmp", "io_uring" },
        { true, "/var/tmp", "io_uring" },
        { false, "/var/tmp", "threads" },
        { true, "/var/tmp", "threads" },
        { false, "/dev/shm", "threads" },
        { true, "/dev/shm", "threads" },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void Content_is_right_after_every_kill(bool packed, string place, string engine)
    {
        using TemporaryFolder folder = new();
        using TemporaryImage image = new(place, Blocks * BlockLoad.BlockBytes);
        Random random = new(packed ? 2 : 1);
        ChildProcess daemon = Start(folder, image.Path, engine);
        try
        {
            using FrontEndDevice device = FrontEndDevice.Connect(folder.At("s"), Options(packed));
            ScsiLoad load = new(device, Blocks, Depth, seed: Kills);
            int inFlight = 0;
            for (int kill = 0; kill < Kills; kill++)
            {
                // Sometimes at once, while it still settles what the one before left behind.
                load.Run(random.Next(4) == 0 ? random.Next(3) : random.Next(2000));
                load.Fill();
                daemon.Signal(Libc.SIGKILL);
                daemon.WaitForExit();
                daemon.Dispose();
                inFlight += device.Queues.Sum(static q => q.InFlight);
                daemon = Start(folder, image.Path, engine);
                device.Reattach(FrontEndConnection.Connect(folder.At("s")));
            }

            load.Run(100);
            load.Drain();
            load.AssertFile(image.Path);
            // The first daemon's, unless it was killed before it said so: for the guest the others are the same one.
            Assert.InRange(load.Attentions, 0, 1);
            TestContext.Current.TestOutputHelper?.WriteLine($"{load.Returned} requests, {Kills} kills, {inFlight} requests in flight at them");
        }
        finally
        {
            daemon.Dispose();
        }
    }

    private static FrontEndDeviceOptions Options(bool packed)
    {
        FrontEndDeviceOptions options = new() { QueueSizes = [16, 16, 128, 128], MemorySize = 4 << 20, ReplyTimeout = Patience.Time };
        return options with
        {
            ProtocolFeatures = options.ProtocolFeatures | ProtocolFeatures.InflightShmfd,
            Features = options.Features | (packed ? Virtio.VirtioFeatures.RingPacked : 0),
        };
    }

    private static ChildProcess Start(TemporaryFolder folder, string image, string engine)
    {
        ChildProcess daemon = ChildProcess.Start(
            ProgramFile.Path, ["scsi", "--socket-path", folder.At("s"), "--num-queues", "2", "--io-engine", engine, "--log-level", "warn", image]);
        daemon.Err.WaitFor("listening on");
        return daemon;
    }

    /// <summary>Zeroes, gone when it is disposed.</summary>
    private sealed class TemporaryImage : IDisposable
    {
        internal TemporaryImage(string folder, int length)
        {
            Path = System.IO.Path.Combine(folder, $"vhost-device-killed-{Guid.NewGuid():N}");
            File.WriteAllBytes(Path, new byte[length]);
        }

        internal string Path { get; }

        public void Dispose() => File.Delete(Path);
    }
}
