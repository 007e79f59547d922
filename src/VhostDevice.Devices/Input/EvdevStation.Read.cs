// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Input;

// From the device to the guest.
internal sealed partial class EvdevStation
{
    private const int EventsPerRead = 64;
    private const int MaxReads = 16;

    // The kernel ends a report itself before it gets half as long.
    private const int MaxReport = 1024;
    private const int MaxEchoes = 64;

    private readonly EvdevEvent[] _read = new EvdevEvent[EventsPerRead];
    private readonly InputEvent[] _report = new InputEvent[MaxReport];

    // The kernel lets the writer of an LED read it, too. The guest knows it, and what it has said meanwhile may be otherwise.
    private readonly List<InputEvent> _echoes = [];
    private int _length;
    private bool _isSkipping;
    private bool _hasLeftOut;
    private bool _wantsFlip;
    private bool _saidReadOnly;

    void IFdHandler.OnReady(Readiness readiness)
    {
        for (int i = 0; i < MaxReads && _watch is not null && _source.Node is { } node; i++)
        {
            int count = Evdev.Read(node.Fd, _read, out Errno errno);
            if (errno == Errno.EAGAIN)
            {
                _echoes.Clear();
                return;
            }

            if (count == 0)
            {
                Vanished(errno);
                return;
            }

            foreach (ref readonly EvdevEvent value in _read.AsSpan(0, count))
                Take(new InputEvent(value.Type, value.Code, value.Value));
            // The rest would be an EAGAIN, usually.
            if (count < EventsPerRead)
            {
                _echoes.Clear();
                return;
            }
        }
    }

    private static void Drain(int fd)
    {
        Span<EvdevEvent> events = stackalloc EvdevEvent[EventsPerRead];
        for (int i = 0; i < MaxReads && Evdev.Read(fd, events, out _) == EventsPerRead; i++)
        {
        }
    }

    private void Take(in InputEvent value)
    {
        if (value.Type == InputTypes.Sync && value.Code == InputCodes.SynDropped)
        {
            _isSkipping = true;
            return;
        }

        if (_isSkipping)
        {
            if (!value.EndsReport)
                return;
            _isSkipping = false;
            _length = 0;
            _ = _source.Node!.TryRead(_pressed);
            _guest.ReportLoss();
            return;
        }

        if (IsLeftOut(value))
        {
            _hasLeftOut = true;
            return;
        }

        if (_length == MaxReport)
        {
            _isSkipping = !value.EndsReport;
            _length = 0;
            _guest.ReportLoss();
            return;
        }

        _report[_length++] = value;
        if (value.Type == InputTypes.Key && _source.Toggle is not null)
            LookForToggle(value);
        if (value.EndsReport)
            EndReport();
    }

    private void EndReport()
    {
        bool isEmptied = _hasLeftOut && _length == 1;
        if (!isEmptied && !IsHosts)
            _guest.Report(_report.AsSpan(0, _length));
        _length = 0;
        _hasLeftOut = false;
        // Not while keys are held, which would stay pressed on one side.
        if (!_wantsFlip || _pressed.Keys.AsSpan().ContainsAnyExcept((byte)0))
            return;
        _wantsFlip = false;
        _source.Toggle!.Flip();
    }

    // The guest's kernel repeats keys by itself; sounds and effects are the guest's own, coming back.
    private bool IsLeftOut(in InputEvent value) => value.Type switch
    {
        InputTypes.Key => value.Value == 2 && _description.Has(InputTypes.Repeat),
        InputTypes.Led => StatusList.Remove(_echoes, value),
        InputTypes.Sound or InputTypes.ForceFeedback or InputTypes.Repeat => true,
        _ => false,
    };

    private void LookForToggle(in InputEvent value)
    {
        _pressed.Apply(value);
        if (value.Value == 1 && _source.Toggle!.IsPressed(_pressed))
            _wantsFlip = true;
    }
}
