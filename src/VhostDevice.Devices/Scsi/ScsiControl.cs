// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Scsi;

/// <summary>The control queue: task management functions, and asynchronous notifications, of which a disk has none.</summary>
internal sealed class ScsiControl(ScsiTarget target, ScsiNexus nexus)
{
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
                    Manage(queue, chain, request);
                    break;
                case ScsiControlType.NotificationQuery or ScsiControlType.NotificationSubscribe when reader.TryRead(out ScsiNotificationRequest request):
                    Notify(queue, chain, request);
                    break;
                default:
                    Refuse(queue, chain);
                    break;
            }
        }
    }

    private void Manage(Virtqueue queue, DescriptorChain chain, ScsiTaskManagementRequest request)
    {
        if (!request.Lun.TryParse(out byte number, out ushort lun))
        {
            Answer(queue, chain, ScsiResponse.BadTarget);
            return;
        }

        TaskManagementFunction function = (TaskManagementFunction)request.Subtype;
        target.Manage(
            new TaskManagement(function, nexus, request.Tag, result => Answer(queue, chain, ResponseOf(result))),
            number,
            lun);
    }

    private static ScsiResponse ResponseOf(ManagementResult result) => result switch
    {
        ManagementResult.Complete => ScsiResponse.Ok,
        ManagementResult.Succeeded => ScsiResponse.FunctionSucceeded,
        ManagementResult.IncorrectLun => ScsiResponse.IncorrectLun,
        ManagementResult.NoTarget => ScsiResponse.BadTarget,
        _ => ScsiResponse.FunctionRejected,
    };

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

    private static void Answer(Virtqueue queue, DescriptorChain chain, ScsiResponse response)
    {
        ChainWriter writer = chain.Writer();
        _ = writer.TryWrite(response);
        queue.Complete(chain, writer.Written);
    }
}
