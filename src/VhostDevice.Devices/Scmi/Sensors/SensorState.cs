// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi.Sensors;

/// <summary>What an agent has set of a sensor, in words of its state. Under the platform's gate.</summary>
internal readonly ref struct SensorState(Span<uint> words)
{
    internal const int Words = FirstTrip + (TripCount * TripWords);

    /// <summary>How many trip points a sensor with one value has.</summary>
    internal const int TripCount = 4;

    internal const uint Enabled = 1 << 0;
    internal const uint Timestamped = 1 << 1;

    private const int ConfigWord = 0;
    private const int NotifyWord = 1;
    private const int FirstTrip = 2;
    private const int TripWords = 3;

    private const uint UpdatesBit = 1 << 0;
    private const uint TripsBit = 1 << 1;

    private readonly Span<uint> _words = words;

    /// <summary>As SENSOR_CONFIG_GET says it.</summary>
    internal uint Config
    {
        get => _words[ConfigWord];
        set => _words[ConfigWord] = value;
    }

    internal bool IsEnabled => (Config & Enabled) != 0;

    internal bool HasTimestamps => (Config & Timestamped) != 0;

    internal bool NotifiesUpdates
    {
        get => Has(UpdatesBit);
        set => Set(UpdatesBit, value);
    }

    internal bool NotifiesTrips
    {
        get => Has(TripsBit);
        set => Set(TripsBit, value);
    }

    internal bool WantsUpdates => IsEnabled && NotifiesUpdates;

    internal bool WantsTrips
    {
        get
        {
            for (int i = 0; i < TripCount; i++)
            {
                if (NotifiesTrips && IsEnabled && Trip(i).Mode != 0)
                    return true;
            }

            return false;
        }
    }

    internal SensorTrip Trip(int number)
    {
        int at = FirstTrip + (number * TripWords);
        return new SensorTrip(_words[at], (long)(_words[at + 1] | ((ulong)_words[at + 2] << 32)));
    }

    internal void SetTrip(int number, SensorTrip trip)
    {
        int at = FirstTrip + (number * TripWords);
        _words[at] = trip.Mode;
        _words[at + 1] = (uint)trip.Value;
        _words[at + 2] = (uint)(trip.Value >> 32);
    }

    private bool Has(uint bit) => (_words[NotifyWord] & bit) != 0;

    private void Set(uint bit, bool on) => _words[NotifyWord] = on ? _words[NotifyWord] | bit : _words[NotifyWord] & ~bit;
}
