// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Scsi;

/// <summary>
/// A task management function on its way through the device. What the driver sent before it, through other queues, has
/// to be known to the target first; and the driver must find the answers to all commands that it ended before its own.
/// </summary>
internal sealed class ScsiManagement : IDeferred
{
    // A driver that never stops adding commands cannot put it off for ever.
    private const int MaxRounds = 16;

    private readonly ScsiControl _control;
    private readonly Virtqueue _queue;
    private readonly DescriptorChain _chain;
    private readonly ScsiTaskManagementRequest _request;
    private int _rounds;
    private ScsiResponse? _response;

    internal ScsiManagement(ScsiControl control, Virtqueue queue, DescriptorChain chain, ScsiTaskManagementRequest request)
    {
        _control = control;
        _queue = queue;
        _chain = chain;
        _request = request;
        LookAtCommands();
    }

    public void RunDeferred()
    {
        if (_response is { } response)
            ScsiControl.Answer(_queue, _chain, response);
        else if (_rounds < MaxRounds && _control.HasCommands)
            LookAtCommands();
        else
            Begin();
    }

    private static ScsiResponse ResponseOf(ManagementResult result) => result switch
    {
        ManagementResult.Complete => ScsiResponse.Ok,
        ManagementResult.Succeeded => ScsiResponse.FunctionSucceeded,
        ManagementResult.IncorrectLun => ScsiResponse.IncorrectLun,
        ManagementResult.NoTarget => ScsiResponse.BadTarget,
        _ => ScsiResponse.FunctionRejected,
    };

    // Their turns come before ours.
    private void LookAtCommands()
    {
        _rounds++;
        _control.ServeCommands();
        _control.Loop.Yield(this);
    }

    private void Begin()
    {
        if (_control.IsOver)
            Answer(ScsiResponse.Failure);
        else if (!_request.Lun.TryParse(out byte number, out ushort lun))
            Answer(ScsiResponse.BadTarget);
        else
            _control.Target.Manage(new TaskManagement((TaskManagementFunction)_request.Subtype, _control.Nexus, _request.Tag, result => Answer(ResponseOf(result))), number, lun);
    }

    // Whatever it ended asked to be published before this.
    private void Answer(ScsiResponse response)
    {
        _response = response;
        _control.Loop.Defer(this);
    }
}
