// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Kinds;
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

return DeviceProgram.Run(args, new HelloRngKind());

/// <summary>What the command line may say, and what is opened: a table.</summary>
internal sealed class HelloRngKind() : DeviceKind("rng", 4, "Random bytes for the guest's /dev/hwrng, from a program outside of the repository")
{
    private static readonly SocketPlan s_sockets = SocketPlan.Counted("Number of sockets");

    private static readonly NumberSetting s_most = new(
        "--most", null, "BYTES", "Most bytes in an answer", from: 1, to: 1 << 20, byDefault: 1 << 16, NumberUnit.Bytes);

    public override SocketPlan Sockets => s_sockets;

    public override IReadOnlyList<Setting> Settings => [s_most];

    public override Served Open(Opening at)
    {
        uint most = (uint)at[s_most];
        return new Served(socket => () => new HelloRngDevice(most));
    }
}

/// <summary>The entropy device (virtio 1.3 §5.4): each request is a buffer to fill.</summary>
internal sealed class HelloRngDevice(uint most) : RequestDevice
{
    public override uint DeviceId => 4;

    public override int QueueCount => 1;

    protected override unsafe uint Answer(Virtqueue queue, DescriptorChain request)
    {
        uint written = 0;
        foreach (IoVec piece in request.Writable)
        {
            nint n = KernelRandom.Fill(piece.Base, Math.Min(piece.Length, most - written), out _);
            written += (uint)Math.Max(n, 0);
            if (n != (nint)piece.Length)
                break;
        }

        return written;
    }
}
