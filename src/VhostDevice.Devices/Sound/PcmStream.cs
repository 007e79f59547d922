// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Sound.Hosts;
using VhostDevice.Devices.Sound.Samples;

namespace VhostDevice.Devices.Sound;

/// <summary>
/// A stream of one connection: its life from SET_PARAMS to RELEASE, the guest's buffers, and their pace. Where the host's side
/// has a clock of its own, buffers move as that takes them; otherwise each ends when its time has passed.
/// </summary>
internal sealed partial class PcmStream
{
    /// <summary>More than any driver asks for; a bound for what one buffer makes the loop copy.</summary>
    internal const uint MostBufferBytes = 8 << 20;

    private readonly IPcmOwner _owner;
    private readonly SoundPort _port;
    private readonly int _id;
    private readonly ILogger _log;
    private PcmParameters _parameters;
    private SoundFormat _format;
    private ISoundSession? _session;

    internal PcmStream(IPcmOwner owner, int id, SoundPort port, ILogger log)
    {
        _owner = owner;
        _id = id;
        _port = port;
        _log = log;
    }

    internal SoundPort Port => _port;

    internal PcmState State { get; private set; }

    internal PcmParameters Parameters => _parameters;

    /// <summary>For people who look into the process.</summary>
    internal string Description
    {
        get
        {
            string format = State == PcmState.New ? "" : $", {_format}, periods of {_parameters.PeriodBytes} bytes, {_buffers.Count} buffers wait";
            return $"{_port.Name} ({_port.Line.Name}): {State}{format}";
        }
    }

    internal SoundStatus SetParameters(in PcmParameters wanted)
    {
        if (State is PcmState.Running or PcmState.Stopped)
            return SoundStatus.BadMessage;
        SoundStatus status = Check(wanted, _port.Abilities, out SoundFormat format);
        if (status != SoundStatus.Ok)
            return status;
        Close();
        (_parameters, _format, State) = (wanted, format, PcmState.ParametersSet);
        return SoundStatus.Ok;
    }

    internal SoundStatus Prepare()
    {
        if (State is PcmState.New or PcmState.Running or PcmState.Stopped)
            return SoundStatus.BadMessage;
        Close();
        _session = _port.Line.Open(_format, (int)_parameters.PeriodBytes / _format.FrameBytes, _owner.Loop, _owner.Moved, out string problem);
        if (_session is null)
        {
            _log.LogWarning("{Stream} cannot be used with {Format}: {Line}: {Problem}", _port.Name, _format, _port.Line.Name, problem);
            State = PcmState.ParametersSet;
            return SoundStatus.IoError;
        }

        State = PcmState.Prepared;
        return SoundStatus.Ok;
    }

    internal SoundStatus Start()
    {
        if (State is not (PcmState.Prepared or PcmState.Stopped))
            return SoundStatus.BadMessage;
        State = PcmState.Running;
        _session!.Start();
        Begin();
        return SoundStatus.Ok;
    }

    internal SoundStatus Stop()
    {
        if (State != PcmState.Running)
            return SoundStatus.BadMessage;
        Pause();
        State = PcmState.Stopped;
        _session!.Stop();
        return SoundStatus.Ok;
    }

    /// <summary>Gives all buffers back, played or not.</summary>
    internal SoundStatus Release()
    {
        if (State is not (PcmState.Prepared or PcmState.Stopped))
            return SoundStatus.BadMessage;
        Close();
        State = PcmState.Released;
        return SoundStatus.Ok;
    }

    /// <summary>A new driver, or none.</summary>
    internal void Reset()
    {
        Close();
        State = PcmState.New;
    }

    /// <summary>Goes on where another device of this card was.</summary>
    /// <returns>False, and nothing has changed, when that makes no sense here.</returns>
    internal bool TryResume(PcmState state, in PcmParameters parameters)
    {
        if (state > PcmState.Released)
            return false;
        if (state == PcmState.New)
        {
            Reset();
            return true;
        }

        if (Check(parameters, _port.Abilities, out SoundFormat format) != SoundStatus.Ok)
            return false;
        Reset();
        (_parameters, _format, State) = (parameters, format, PcmState.ParametersSet);
        if (state is PcmState.Prepared or PcmState.Running or PcmState.Stopped && Prepare() == SoundStatus.Ok && state != PcmState.Prepared)
        {
            _ = Start();
            if (state == PcmState.Stopped)
                _ = Stop();
        }
        else if (state == PcmState.Released)
        {
            State = state;
        }

        return true;
    }

    /// <summary>Whether a stream with these abilities can be used like that.</summary>
    internal static SoundStatus Check(in PcmParameters wanted, SoundAbilities abilities, out SoundFormat format)
    {
        format = default;
        bool isPossible = wanted.Format <= (byte)SampleFormat.Iec958 && (abilities.Formats >> wanted.Format & 1) != 0
            && wanted.Rate < SampleRates.Count && (abilities.Rates >> wanted.Rate & 1) != 0
            && wanted.Channels >= abilities.LeastChannels && wanted.Channels <= abilities.MostChannels
            && (wanted.Features & ~PcmFeatures.Offered) == 0
            && wanted.BufferBytes <= MostBufferBytes;
        if (!isPossible)
            return SoundStatus.NotSupported;
        format = new SoundFormat((SampleFormat)wanted.Format, SampleRates.Of(wanted.Rate), wanted.Channels);
        bool makesSense = wanted.PeriodBytes > 0 && wanted.BufferBytes >= wanted.PeriodBytes
            && wanted.BufferBytes % wanted.PeriodBytes == 0 && wanted.PeriodBytes % (uint)format.FrameBytes == 0;
        return makesSense ? SoundStatus.Ok : SoundStatus.BadMessage;
    }

    private void Close()
    {
        GiveBack();
        _session?.Dispose();
        _session = null;
    }
}
