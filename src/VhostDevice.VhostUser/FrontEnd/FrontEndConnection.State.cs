// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.FrontEnd;

/// <content>A device's state, whole, as a monitor moves it: through a pipe to its end, then the check.</content>
public sealed unsafe partial class FrontEndConnection
{
    /// <summary>Reads the state of a device whose queues are stopped.</summary>
    /// <exception cref="FrontEndException">The back-end refuses, or says at the end that this is not its state.</exception>
    public byte[] SaveState()
    {
        OpenStateChannel(DeviceStateDirection.Save, out OwnedFd channel);
        using OwnedFd read = channel;
        using MemoryStream state = new();
        byte[] buffer = new byte[1 << 16];
        Deadline deadline = Deadline.After(ReplyTimeout);
        fixed (byte* p = buffer)
        {
            while (true)
            {
                nint n = FileIo.Read(read.Fd, p, (nuint)buffer.Length, out Errno errno);
                if (n == 0)
                    break;
                if (n > 0)
                    state.Write(buffer, 0, (int)n);
                else if (errno != Errno.EAGAIN)
                    FrontEndException.ThrowIfError(errno, "device state");
                else if (!EventFd.Wait(read.Fd, deadline.Milliseconds))
                    throw new FrontEndException(FrontEndFailure.Timeout, "the device's state did not come in time", FrontEndRequest.SetDeviceStateFd);
            }
        }

        CheckState();
        return state.ToArray();
    }

    /// <summary>Gives a device, whose queues are not started, the state that another one saved.</summary>
    /// <exception cref="FrontEndException">The back-end refuses.</exception>
    public void LoadState(ReadOnlySpan<byte> state)
    {
        OpenStateChannel(DeviceStateDirection.Load, out OwnedFd channel);
        using (OwnedFd write = channel)
        {
            Deadline deadline = Deadline.After(ReplyTimeout);
            fixed (byte* p = state)
            {
                for (int done = 0; done < state.Length;)
                {
                    nint n = FileIo.Write(write.Fd, p + done, (nuint)(state.Length - done), out Errno errno);
                    if (n > 0)
                        done += (int)n;
                    else if (errno == Errno.EPIPE)
                        break; // the check tells why
                    else if (errno != Errno.EAGAIN)
                        FrontEndException.ThrowIfError(errno, "device state");
                    else if (!EventFd.WaitForRoom(write.Fd, deadline.Milliseconds))
                        throw new FrontEndException(
                            FrontEndFailure.Timeout,
                            "the device's state was not taken in time",
                            FrontEndRequest.SetDeviceStateFd);
                }
            }
        }

        CheckState();
    }

    private void OpenStateChannel(DeviceStateDirection direction, out OwnedFd ours)
    {
        FrontEndException.ThrowIfError(Files.CreatePipe(nonBlocking: true, out OwnedFd? read, out OwnedFd? write), "pipe");
        bool saves = direction == DeviceStateDirection.Save;
        ours = saves ? read! : write!;
        // With its own copy of the back-end's end a front-end would never see the end of the state.
        using OwnedFd theirs = saves ? write! : read!;
        try
        {
            DeviceStateAnswer answer = SetDeviceStateFd(direction, DeviceStatePhase.Stopped, theirs);
            if (answer.Error != 0)
                throw new FrontEndException(
                    FrontEndFailure.Refused,
                    $"the back-end does not {(saves ? "save" : "load")} state now",
                    FrontEndRequest.SetDeviceStateFd);
            if (answer.File is not { } own)
                return;
            ours.Dispose();
            ours = own;
        }
        catch
        {
            ours.Dispose();
            throw;
        }
    }

    private void CheckState()
    {
        if (CheckDeviceState() != 0)
            throw new FrontEndException(FrontEndFailure.Refused, "the back-end could not save or load its state", FrontEndRequest.CheckDeviceState);
    }
}
