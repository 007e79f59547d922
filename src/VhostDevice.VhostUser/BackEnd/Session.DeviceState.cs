// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio.Devices;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>The device's own state, which a front-end carries over to another back-end ("Migrating back-end state").</summary>
internal sealed partial class Session
{
    private StateTransfer? _transfer;
    private string _stateProblem = "no state was transferred";
    private bool _resetIsDue;

    /// <summary>A ring is about to be served: whatever was said about the device's state before holds no longer.</summary>
    internal void RingStarts()
    {
        _resetIsDue = false;
        if (_transfer is { Loads: true })
            _transfer.Abort("a ring was started before the state had come");
    }

    /// <summary>
    /// A ring begins elsewhere than where it stopped, or anew where it stopped. After a status of 0 that tells that the
    /// driver was reset; a guest that was only paused goes on where it stopped.
    /// </summary>
    internal void DriverWasReset()
    {
        if (!_resetIsDue)
            return;
        _resetIsDue = false;
        Device.Reset();
    }

    // Virtio says that status 0 resets the device (1.3 §2.1.2). Front-ends send it too when they pause or migrate their
    // guest: QEMU up to 7.2 before it asks where the rings stopped, later ones after that, all of them before they ask
    // for the device's state. So requests are finished, positions are kept, and where there is state the reset waits
    // for what comes next.
    private Outcome StatusZero(Message m)
    {
        foreach (Vring ring in _rings)
        {
            ring.BeginStop();
            if (Suspends(m.Request))
                _ = ring.TryAbandon();
        }

        // What takes long may be let go of. It stays in the record: a guest that was paused waits for it, and after a reset
        // of the driver front-ends ask for a new record.
        return WhenDrained(_rings, mayAbandon: true, m, _ =>
        {
            _status = 0;
            foreach (Vring ring in _rings)
                ring.Reset(keepsBase: true);
            ForgetTranslations();
            ForgetShared();
            _resetIsDue = _attached && Device.StateVersion != 0;
            if (_attached && !_resetIsDue)
                Device.Reset();
            return Outcome.Done;
        });
    }

    private Outcome SetDeviceStateFd(Message m)
    {
        bool good = TryBeginTransfer(m, m.As<DeviceStateTransfer>(), out string problem);
        if (!good)
        {
            _stateProblem = problem;
            Log.LogWarning("SET_DEVICE_STATE_FD: {Problem}", problem);
        }

        // There is no channel of our own in either case.
        Reply(m, DeviceStateReply.NoFd | (good ? 0UL : 1UL));
        return Outcome.Replied;
    }

    private bool TryBeginTransfer(Message m, DeviceStateTransfer wanted, out string problem)
    {
        _transfer?.Dispose();
        _transfer = null;
        problem = "";
        if (wanted.Phase != DeviceStatePhase.Stopped || wanted.Direction is not (DeviceStateDirection.Save or DeviceStateDirection.Load))
            problem = $"direction {(uint)wanted.Direction} in phase {(uint)wanted.Phase} is unknown";
        else if (Array.Exists(_rings, static r => r.State.Started))
            problem = "the rings are not stopped";
        if (problem.Length > 0)
            return false;
        byte[]? image = wanted.Direction == DeviceStateDirection.Save ? DeviceStateImage.Save(Device) : null;
        if (m.TakeFd() is { } fd)
            return StateTransfer.TryBegin(Loop, fd, image, TransferFinished, out _transfer, out problem);
        problem = "no file descriptor came with it";
        return false;
    }

    private void TransferFinished(StateTransfer transfer)
    {
        _stateProblem = transfer.Problem;
        if (transfer.Loads && _stateProblem.Length == 0)
        {
            if (LoadState(transfer))
                _resetIsDue = false;
        }

        if (_stateProblem.Length == 0)
            Log.LogInformation("device state was {What}", transfer.Loads ? "loaded" : "saved");
        else
            Log.LogWarning("device state was not {What}: {Problem}", transfer.Loads ? "loaded" : "saved", _stateProblem);
        if (_parked)
            Loop.Post(Resume);
    }

    private bool LoadState(StateTransfer transfer)
    {
        try
        {
            return DeviceStateImage.TryLoad(Device, transfer.Received, out _stateProblem);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            ReportFault(fault);
            _stateProblem = "the device failed";
            return false;
        }
    }

    // "The back-end responds once it knows whether the transfer and processing was successful or not."
    private Outcome CheckDeviceState(Message m)
    {
        if (_transfer is { IsFinished: false } running)
        {
            // What was sent may lie in the channel still, with its end.
            running.Move();
            if (!running.IsFinished && running.Loads)
                return Outcome.Parked;
            // The front-end asks when it has seen the end of the state, so it does not wait for any of it.
            running.Abort("the front-end did not read all of it");
        }

        Reply(m, _stateProblem.Length == 0 ? 0UL : 1UL);
        _transfer = null;
        _stateProblem = "no state was transferred";
        return Outcome.Replied;
    }
}
