// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Scsi;

/// <summary>The control queue: task management functions, and asynchronous notifications, of which a disk has none.</summary>
internal sealed class ScsiControl(ScsiDevice device, ScsiTarget target, ScsiNexus nexus)
{
    // The request queues that run.
    private readonly List<Virtqueue> _commands = [];

    internal ScsiTarget Target => target;

    internal ScsiNexus Nexus => nexus;

    /// <summary>Once the device is attached.</summary>
    internal IDeviceHost Host { get; set; } = null!;

    internal EventLoop Loop => Host.Loop;

    internal bool HasCrew => Host.Crew is not null;

    internal void Start(Virtqueue commands) => _commands.Add(commands);

    internal void Stop(Virtqueue commands) => _commands.Remove(commands);

    /// <summary>Loops of request queues stand still until the result is disposed.</summary>
    internal LoopCrew.Pause StandStill() => Host.Crew?.StandStill() ?? default;

    /// <summary>Takes what the driver has sent through the request queues by now. A driver that never stops adding does not get more.</summary>
    internal void TakeCommands()
    {
        foreach (Virtqueue queue in _commands)
            device.ServeCommands(queue, queue.Size);
    }

    internal void Serve(Virtqueue queue)
    {
        while (queue.TryPop(out DescriptorChain? chain))
        {
            ChainReader reader = chain.Reader();
            if (!reader.TryRead(out ScsiControlType type))
            {
                Refuse(queue, chain);
                continue;
            }

            switch (type)
            {
                case ScsiControlType.TaskManagement when reader.TryRead(out ScsiTaskManagementRequest request):
                    new ScsiManagement(this, queue, chain).Begin(request);
                    break;
                case ScsiControlType.NotificationQuery or ScsiControlType.NotificationSubscribe when reader.TryRead(
                    out ScsiNotificationRequest request):
                    Notify(queue, chain, request);
                    break;
                default:
                    Refuse(queue, chain);
                    break;
            }
        }
    }

    internal static void Answer(Virtqueue queue, DescriptorChain chain, ScsiResponse response)
    {
        ChainWriter writer = chain.Writer();
        _ = writer.TryWrite(response);
        queue.Complete(chain, writer.Written);
    }

    // None of the events that could be asked for will come.
    private void Notify(Virtqueue queue, DescriptorChain chain, ScsiNotificationRequest request)
    {
        ScsiResponse response = request.Lun.TryParse(out byte number, out ushort lun) && target.HasTarget(number)
            ? target.Find(number, lun) is null ? ScsiResponse.IncorrectLun : ScsiResponse.Ok
            : ScsiResponse.BadTarget;
        ChainWriter writer = chain.Writer();
        if (!writer.TryWrite(0u) || !writer.TryWrite(response))
            queue.Counters.Errors++;
        queue.Complete(chain, writer.Written);
    }

    private static void Refuse(Virtqueue queue, DescriptorChain chain)
    {
        queue.Counters.Errors++;
        Answer(queue, chain, ScsiResponse.Failure);
    }
}
