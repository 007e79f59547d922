// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.Program.Tests.Recovery;

/// <summary>The daemon is killed under load, again and again: its successors serve every request, and none twice.</summary>
public sealed class KilledRngTests
{
    private const int Kills = 50;
    private const int Length = 64;

    private static readonly FrontEndDeviceOptions s_options = Guest.Options with
    {
        ProtocolFeatures = Guest.Options.ProtocolFeatures | ProtocolFeatures.InflightShmfd,
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_request_comes_back_once(bool packed)
    {
        using TemporaryFolder folder = new();
        Random random = new(packed ? 2 : 1);
        ChildProcess daemon = Start(folder);
        try
        {
            using FrontEndDevice device = FrontEndDevice.Connect(folder.At("rng0"), Options(packed));
            RngLoad load = new(device, Length);
            for (int kill = 0; kill < Kills; kill++)
            {
                // Sometimes at once, while it still settles what the one before left behind.
                load.Run(random.Next(4) == 0 ? random.Next(3) : random.Next(3000));
                load.Fill();
                daemon.Signal(Support.Libc.SIGKILL);
                daemon.WaitForExit();
                daemon.Dispose();
                daemon = Start(folder);
                device.Reattach(FrontEndConnection.Connect(folder.At("rng0")));
            }

            load.Run(100);
            load.Drain();
            TestContext.Current.TestOutputHelper?.WriteLine($"{load.Returned} requests, {Kills} kills");
        }
        finally
        {
            daemon.Dispose();
        }
    }

    private static FrontEndDeviceOptions Options(bool packed) =>
        packed ? s_options with { Features = s_options.Features | Virtio.VirtioFeatures.RingPacked } : s_options;

    private static ChildProcess Start(TemporaryFolder folder)
    {
        ChildProcess daemon = Daemon.Launch(folder, 1, "--log-level", "warn");
        daemon.Err.WaitFor($"listening on {folder.At("rng0")}");
        return daemon;
    }
}
