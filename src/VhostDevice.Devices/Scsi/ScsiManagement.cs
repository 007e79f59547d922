// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Scsi;

/// <summary>
/// A task management function on its way through the device. What the driver sent before it, through other queues, has
/// to be known to the target first; and the driver must find the answers to all commands that it ended before its own.
/// </summary>
internal sealed class ScsiManagement(ScsiControl control, Virtqueue queue, DescriptorChain chain) : IDeferred
{
    private ScsiResponse _response;

    internal void Begin(ScsiTaskManagementRequest request)
    {
        if (!request.Lun.TryParse(out byte number, out ushort lun))
        {
            Answer(ScsiResponse.BadTarget);
            return;
        }

        using LoopCrew.Pause still = control.StandStill();
        control.TakeCommands();
        control.Target.Manage(
            new TaskManagement(
                (TaskManagementFunction)request.Subtype,
                control.Nexus,
                request.Tag,
                result => Answer(ResponseOf(result))),
            number,
            lun);
    }

    // Whatever it ended asked to be published before this.
    public void RunDeferred() => ScsiControl.Answer(queue, chain, _response);

    private static ScsiResponse ResponseOf(ManagementResult result) => result switch
    {
        ManagementResult.Complete => ScsiResponse.Ok,
        ManagementResult.Succeeded => ScsiResponse.FunctionSucceeded,
        ManagementResult.IncorrectLun => ScsiResponse.IncorrectLun,
        ManagementResult.NoTarget => ScsiResponse.BadTarget,
        _ => ScsiResponse.FunctionRejected,
    };

    // On any loop: that of the last command that it waited for.
    private void Answer(ScsiResponse response)
    {
        _response = response;
        if (control.HasCrew)
            control.Loop.Post(AnswerBehindOthers);
        else
            control.Loop.Defer(this);
    }

    // A loop that stands still has published what it completed before.
    private void AnswerBehindOthers()
    {
        using LoopCrew.Pause still = control.StandStill();
        RunDeferred();
    }
}
