// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Input;

/// <summary>A guest at a device of the host.</summary>
internal sealed partial class EvdevStation : IInputStation, IFdHandler
{
    private static readonly TimeSpan s_lookPeriod = TimeSpan.FromMilliseconds(500);

    private readonly EvdevSource _source;
    private readonly EventLoop _loop;
    private readonly IInputGuest _guest;
    private readonly InputDescription _description;
    private readonly InputState _pressed;
    private readonly Action _flipped;
    private readonly Action _applyFlip;
    private readonly byte[] _ledsBefore = new byte[InputDescription.MaxBytes];
    private readonly List<InputEvent> _sent = [];
    private FdWatch? _watch;
    private LoopTimer? _timer;
    private bool _isStarted;
    private bool _isGrabbed;
    private bool _saidOther;

    internal EvdevStation(EvdevSource source, EventLoop loop, IInputGuest guest)
    {
        _source = source;
        _loop = loop;
        _guest = guest;
        _description = source.Description;
        _pressed = new InputState(_description);
        _applyFlip = ApplyFlip;
        _flipped = () => _loop.Post(_applyFlip);
        source.Toggle?.Add(_flipped);
        if (loop.CreateTimer(LookAgain, out _timer) is { IsError: true } errno)
            source.Log.LogWarning("no timer: {Errno}; {Device} is not looked for when it is pulled out", errno, source.Label);
    }

    private bool IsHosts => _source.Toggle is { IsHosts: true };

    public void Start()
    {
        if (_isStarted)
            return;
        _isStarted = true;
        if (_source.Node is not null)
            Begin();
        else
            _timer?.StartPeriodic(s_lookPeriod);
    }

    public void Stop()
    {
        if (!_isStarted)
            return;
        _isStarted = false;
        _timer?.Cancel();
        Undo();
        SetGrabbed(false);
        EndWatch();
    }

    public bool TryRead(InputState target) => _isStarted && !IsHosts && _source.Node is { } node && node.TryRead(target);

    public void Send(in InputEvent value)
    {
        if (!_isStarted)
            return;
        // For when the device comes back, and for the end; bounded by what the device has.
        StatusList.Set(_sent, value);
        if (!IsHosts)
            Write(value);
    }

    public void Dispose()
    {
        Stop();
        _source.Toggle?.Remove(_flipped);
        _timer?.Dispose();
        _timer = null;
        _source.Left(this);
    }

    // The device is there and the guest wants it.
    private void Begin()
    {
        IInputNode node = _source.Node!;
        Errno errno = _loop.Watch(node.Fd, Readiness.Readable, this, out _watch);
        if (errno.IsError)
        {
            _source.Log.LogWarning("{Device} cannot be read: {Errno}", _source.Label, errno);
            return;
        }

        _ = node.TryReadLeds(_ledsBefore);
        if (_source.IsGrabbed && !IsHosts)
            SetGrabbed(true);
        // What was typed while nobody listened is for nobody.
        Drain(node.Fd);
        _pressed.Clear();
        _ = node.TryRead(_pressed);
        foreach (InputEvent value in _sent)
        {
            if (value.Type == InputTypes.Led && !IsHosts)
                Write(value);
        }
    }

    private void EndWatch()
    {
        _watch?.Dispose();
        _watch = null;
        _length = 0;
        _isSkipping = false;
        _echoes.Clear();
    }

    // LEDs as they were; sounds and effects end.
    private void Undo()
    {
        if (!IsHosts)
        {
            foreach (InputEvent value in _sent)
            {
                int before = value.Type == InputTypes.Led ? _ledsBefore[value.Code >> 3] >> (value.Code & 7) & 1 : 0;
                Write(new InputEvent(value.Type, value.Code, before));
            }
        }

        _sent.Clear();
    }

    private void Write(in InputEvent value)
    {
        if (_source.Node is not { } node)
            return;
        if (value.Type == InputTypes.Led)
            _echoes.Add(value);
        if (_echoes.Count > MaxEchoes)
            _echoes.RemoveAt(0);
        Errno errno = node.Write(value);
        if (errno == Errno.EBADF && !_saidReadOnly)
        {
            _saidReadOnly = true;
            _source.Log.LogWarning("{Device} cannot be written: its LEDs stay as they are (no permission)", _source.Label);
        }
    }

    private void SetGrabbed(bool on)
    {
        if (_isGrabbed == on || _source.Node is not { } node)
            return;
        Errno errno = node.SetGrabbed(on);
        _isGrabbed = on && errno.IsSuccess;
        if (on && errno.IsError)
        {
            _source.Log.LogWarning(
                "{Device} cannot be grabbed: {Errno}; {What}",
                _source.Label,
                errno,
                errno == Errno.EBUSY ? "another program has it, and the guest gets nothing" : "the host gets its input as well");
        }
    }

    private void ApplyFlip()
    {
        if (!_isStarted)
            return;
        if (_source.IsGrabbed)
            SetGrabbed(!IsHosts);
        _source.Log.LogInformation("{Device} is the {Owner}'s", _source.Label, IsHosts ? "host" : "guest");
        _guest.ReportLoss();
    }

    // Pulled out.
    private void Vanished(Errno errno)
    {
        _source.Log.LogWarning("{Device} has vanished ({Errno}); it is looked for", _source.Label, errno);
        EndWatch();
        _isGrabbed = false;
        _source.Close();
        _guest.ReportLoss();
        _timer?.StartPeriodic(s_lookPeriod);
    }

    private void LookAgain()
    {
        if (!_isStarted || _source.Node is not null || _source.TryOpen() is not { } node)
            return;
        if (!node.Description.IsSame(_description))
        {
            if (!_saidOther)
                _source.Log.LogWarning("{Device} is another device now; the guest gets it with its next start", _source.Label);
            _saidOther = true;
            node.Dispose();
            return;
        }

        _timer!.Cancel();
        _saidOther = false;
        _source.Keep(node);
        _source.Log.LogInformation("{Device} is there again", _source.Label);
        Begin();
        _guest.ReportLoss();
    }
}
